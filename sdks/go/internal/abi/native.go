//go:build !wasip1

package abi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
)

// Outside is what a piece reaches beyond itself in a unit test.
type Outside struct {
	// Store holds values by "<scope>/<key>", as JSON text.
	Store map[string]string
	Files map[string]StoredFile
	// Requests to the run, in order.
	Requests []RunRequest
	// RoundTrip answers requests; nil: http.DefaultTransport does.
	RoundTrip func(*http.Request) (*http.Response, error)
}

// StoredFile is one that was written, or given to the call.
type StoredFile struct {
	Name, MediaType string
	Content         []byte
}

// RunRequest is what was asked of the run.
type RunRequest struct {
	Kind string
	// Response is encoded as the description says; nil without one.
	Response []byte
	UnixMs   uint64
}

// NewOutside is an empty one.
func NewOutside() *Outside {
	return &Outside{Store: map[string]string{}, Files: map[string]StoredFile{}}
}

// Current is the one that calls reach.
var Current = NewOutside()

// Log writes a line to standard error.
func Log(level Level, message string) {
	names := [...]string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"}
	fmt.Fprintln(os.Stderr, names[level], message)
}

func storeKey(scope Scope, key string) string {
	return [...]string{"flow/", "project/"}[scope] + key
}

// StoreGet reads a value; found is false where there is none.
func StoreGet(scope Scope, key string) (value []byte, found bool, f *Failure) {
	text, found := Current.Store[storeKey(scope, key)]
	return []byte(text), found, nil
}

// StorePut keeps a value.
func StorePut(scope Scope, key string, value []byte) *Failure {
	Current.Store[storeKey(scope, key)] = string(value)
	return nil
}

// StoreDelete forgets a value.
func StoreDelete(scope Scope, key string) *Failure {
	delete(Current.Store, storeKey(scope, key))
	return nil
}

// StoreKeys lists at most 1,000 keys that begin with prefix, in order; after, if not nil, is the one before the first.
func StoreKeys(scope Scope, prefix string, after *string) ([]string, *Failure) {
	keys := []string{}
	for key := range Current.Store {
		key, ours := strings.CutPrefix(key, storeKey(scope, ""))
		if ours && strings.HasPrefix(key, prefix) && (after == nil || key > *after) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys[:min(len(keys), 1000)], nil
}

// FilesWrite stores a file and answers with its reference.
func FilesWrite(name, mediaType string, content []byte) (string, *Failure) {
	reference := fmt.Sprintf("file:%d", len(Current.Files)+1)
	Current.Files[reference] = StoredFile{name, mediaType, slices.Clone(content)}
	return reference, nil
}

// FilesRead reads a part of a file; fewer bytes than asked for mean the end.
func FilesRead(reference string, offset uint64, max uint32) ([]byte, *Failure) {
	file, found := Current.Files[reference]
	if !found {
		return nil, &Failure{Code: "not_found", Message: fmt.Sprintf("no file %q was given to this call", reference)}
	}
	size := uint64(len(file.Content))
	from := min(offset, size)
	return slices.Clone(file.Content[from:min(size, from+uint64(max))]), nil
}

func ask(r RunRequest) { Current.Requests = append(Current.Requests, r) }

// RunRespond answers the HTTP request that started the run.
func RunRespond(response []byte) *Failure {
	ask(RunRequest{Kind: "respond", Response: response})
	return nil
}

// RunStop ends the run as a success; response is nil for none.
func RunStop(response []byte) *Failure {
	ask(RunRequest{Kind: "stop", Response: response})
	return nil
}

// RunWaitUntil pauses the run until a moment, in milliseconds since 1970.
func RunWaitUntil(unixMs uint64) *Failure {
	ask(RunRequest{Kind: "waitUntil", UnixMs: unixMs})
	return nil
}

// RunWaitForWebhook pauses the run until somebody calls the URL that is returned; response is nil for none.
func RunWaitForWebhook(response []byte) (string, *Failure) {
	ask(RunRequest{Kind: "waitForWebhook", Response: response})
	return "http://localhost/resume", nil
}

var transport = http.DefaultTransport

// RoundTrip sends a request as the test wants it.
func RoundTrip(q *http.Request) (*http.Response, error) {
	if Current.RoundTrip != nil {
		return Current.RoundTrip(q)
	}
	return transport.RoundTrip(q)
}

// Do sends one request and returns when the head of the response is there.
func Do(ctx context.Context, q *Request) (*Response, error) {
	address, err := url.Parse(q.Scheme + "://" + q.Authority + q.Path)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, q.Method, address.String(), q.Body)
	if err != nil {
		return nil, err
	}
	for _, h := range q.Headers {
		request.Header.Add(h.Name, h.Value)
	}
	response, err := RoundTrip(request)
	if err != nil {
		return nil, httpError(ctx, err)
	}
	out := &Response{Status: response.StatusCode, Body: response.Body}
	for name, values := range response.Header {
		for _, value := range values {
			out.Headers = append(out.Headers, Header{strings.ToLower(name), value})
		}
	}
	return out, nil
}

// httpError says what the host would say of it.
func httpError(ctx context.Context, err error) error {
	var timeout net.Error
	var certificate *tls.CertificateVerificationError
	var unknown *net.DNSError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, syscall.ECONNREFUSED):
		return &HTTPError{Code: "connection-refused"}
	case errors.As(err, &unknown):
		return &HTTPError{Code: "DNS-error", Message: unknown.Error()}
	case errors.As(err, &certificate):
		return &HTTPError{Code: "TLS-certificate-error"}
	case errors.As(err, &timeout) && timeout.Timeout():
		return &HTTPError{Code: "connection-timeout"}
	}
	return err
}
