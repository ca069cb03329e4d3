// Package fetch is an HTTP client for pieces without net/http: 6 MB less of component. It follows redirects as every SDK
// does: at most five, without credentials to another origin.
//
//	response, err := fetch.Get(ctx, "https://api.example.com/items", fetch.Bearer(token))
//	if err != nil {
//		return out, err
//	}
//	return out, response.JSON(&out)
package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ap-wasm/piece-go/internal/abi"
	"github.com/ap-wasm/piece-go/piece"
)

// Request is what is sent.
type Request struct {
	// Method is GET unless said.
	Method string
	// URL is absolute: http or https, without a user name or password.
	URL string
	// Header by name, in any spelling.
	Header map[string]string
	// Body is sent as it is; JSON, if not nil, is encoded in its place.
	Body []byte
	JSON any
	// Manual hands redirects out instead of following them.
	Manual bool
}

// Option changes a request.
type Option func(*Request)

// Header sets a header.
func Header(name, value string) Option {
	return func(r *Request) {
		if r.Header == nil {
			r.Header = map[string]string{}
		}
		r.Header[name] = value
	}
}

// Bearer sends a token as authorization.
func Bearer(token string) Option { return Header("authorization", "Bearer "+token) }

// Response is what came back. Its body is closed when the call ends; close it before to let the connection go.
type Response struct {
	Status int
	// Header by lower-case name; values of a name that stands several times are parted by ", ".
	Header map[string]string
	// URL that answered, after redirects.
	URL  string
	Body io.ReadCloser
}

// Get asks for an address. A status other than 2xx is a failure (see OK).
func Get(ctx context.Context, address string, options ...Option) (*Response, error) {
	return sent(ctx, Request{URL: address}, options)
}

// Post sends a value as JSON. A status other than 2xx is a failure (see OK).
func Post(ctx context.Context, address string, value any, options ...Option) (*Response, error) {
	return sent(ctx, Request{Method: "POST", URL: address, JSON: value}, options)
}

func sent(ctx context.Context, request Request, options []Option) (*Response, error) {
	for _, option := range options {
		option(&request)
	}
	response, err := Do(ctx, request)
	if err == nil {
		err = response.OK()
	}
	if err != nil {
		return nil, err
	}
	return response, nil
}

const maxRedirects = 5

// Do sends a request and returns when the head of the response is there, whatever its status. The context ends it.
func Do(ctx context.Context, request Request) (*Response, error) {
	hop, err := firstHop(request)
	if err != nil {
		return nil, err
	}
	for redirects := 0; ; redirects++ {
		response, err := hop.send(ctx)
		if err != nil {
			return nil, err
		}
		location := response.Header["location"]
		if request.Manual || location == "" || !isRedirect(response.Status) {
			return response, nil
		}
		response.Body.Close()
		if redirects == maxRedirects {
			return nil, &piece.Error{
				Code:    "upstream_error",
				Message: fmt.Sprintf("%s redirects more than %d times", request.URL, maxRedirects),
			}
		}
		if err := hop.follow(response.Status, location); err != nil {
			return nil, err
		}
	}
}

func isRedirect(status int) bool {
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308
}

// hop is one request of a chain.
type hop struct {
	method string
	url    *url.URL
	// headers by lower-case name.
	headers map[string]string
	// body is nil for none.
	body []byte
}

func firstHop(request Request) (*hop, error) {
	address, err := url.Parse(request.URL)
	if err != nil {
		return nil, &piece.Error{Code: "invalid_input", Message: err.Error(), Cause: err}
	}
	if address.User != nil {
		return nil, &piece.Error{Code: "invalid_input", Message: "a URL to fetch must not hold a user name or password; use a header"}
	}
	h := &hop{method: strings.ToUpper(request.Method), url: address, headers: map[string]string{}, body: request.Body}
	if h.method == "" {
		h.method = "GET"
	}
	for name, value := range request.Header {
		h.headers[strings.ToLower(name)] = value
	}
	if request.JSON != nil {
		if h.body, err = json.Marshal(request.JSON); err != nil {
			return nil, err
		}
		h.missing("content-type", "application/json")
	}
	h.missing("accept", "*/*")
	h.missing("user-agent", "ap-wasm")
	return h, nil
}

func (h *hop) missing(name, value string) {
	if _, given := h.headers[name]; !given {
		h.headers[name] = value
	}
}

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

func (h *hop) send(ctx context.Context) (*Response, error) {
	if h.url.Scheme != "https" && h.url.Scheme != "http" || h.url.Host == "" {
		return nil, &piece.Error{Code: "invalid_input", Message: h.url.String() + " cannot be fetched; use https: or http:"}
	}
	request := &abi.Request{Method: h.method, Scheme: h.url.Scheme, Authority: h.url.Host, Path: h.url.RequestURI()}
	for name, value := range h.headers {
		request.Headers = append(request.Headers, abi.Header{Name: name, Value: value})
	}
	if length := len(h.body); length > 0 || h.method == "POST" || h.method == "PUT" {
		if _, given := h.headers["content-length"]; !given {
			request.Headers = append(request.Headers, abi.Header{Name: "content-length", Value: strconv.Itoa(length)})
		}
	}
	if len(h.body) > 0 {
		request.Body = bytes.NewReader(h.body)
	}
	received, err := abi.Do(ctx, request)
	if err != nil {
		return nil, failed(h.url, err)
	}
	response := &Response{Status: received.Status, Header: map[string]string{}, URL: h.url.String(), Body: received.Body}
	for _, header := range received.Headers {
		name := strings.ToLower(header.Name)
		if before, several := response.Header[name]; several {
			response.Header[name] = before + ", " + header.Value
		} else {
			response.Header[name] = header.Value
		}
	}
	return response, nil
}

// follow makes the next hop of this one.
func (h *hop) follow(status int, location string) error {
	next, err := h.url.Parse(location)
	if err != nil {
		return &piece.Error{Code: "upstream_error", Message: origin(h.url) + " redirects to what is no address", Cause: err}
	}
	if origin(next) != origin(h.url) {
		for _, name := range []string{"authorization", "cookie", "proxy-authorization"} {
			delete(h.headers, name)
		}
	}
	if status == 303 && h.method != "HEAD" || status < 303 && h.method == "POST" {
		h.method, h.body = "GET", nil
		for _, name := range []string{"content-type", "content-length", "content-encoding", "content-language", "content-location"} {
			delete(h.headers, name)
		}
	}
	if next.Fragment == "" {
		next.Fragment = h.url.Fragment
	}
	h.url = next
	return nil
}

// The way out, where there is one.
func hint(address *url.URL, code string) string {
	switch code {
	case "HTTP-request-denied":
		return `; add "` + origin(address) + `" to capabilities.http in piece.json, or have it granted`
	case "destination-IP-prohibited":
		return "; it is no public address, and the executor does not allow this private one"
	}
	return ""
}

// requestError is a request that failed; it says which, and what to do about it.
type requestError struct {
	message string
	cause   error
}

func (e *requestError) Error() string { return e.message }
func (e *requestError) Unwrap() error { return e.cause }

func failed(address *url.URL, err error) error {
	var host *abi.HTTPError
	if !errors.As(err, &host) {
		return err
	}
	return &requestError{origin(address) + " could not be fetched: " + host.Error() + hint(address, host.Code), host}
}

// Bytes reads the whole body and closes it.
func (r *Response) Bytes() ([]byte, error) {
	defer r.Body.Close()
	content, err := io.ReadAll(r.Body)
	if err != nil {
		if address, bad := url.Parse(r.URL); bad == nil {
			err = failed(address, err)
		}
		return nil, err
	}
	return content, nil
}

// Text reads the whole body and closes it.
func (r *Response) Text() (string, error) {
	content, err := r.Bytes()
	return string(content), err
}

// JSON decodes the whole body and closes it.
func (r *Response) JSON(into any) error {
	content, err := r.Bytes()
	if err != nil {
		return err
	}
	return json.Unmarshal(content, into)
}

// OK is nil if the status is 2xx. Else it closes the body and is the failure that every SDK makes of it: unauthorized (401,
// 403), not_found, rate_limited with the pause that the server asks for, upstream_error (5xx) or request_refused; its
// detail has the status and the begin of the body.
func (r *Response) OK() error {
	if r.Status >= 200 && r.Status < 300 {
		return nil
	}
	body, err := r.Text()
	if err != nil {
		return err
	}
	where := r.URL
	if address, err := url.Parse(r.URL); err == nil {
		where = origin(address)
	}
	return piece.StatusError(where, r.Status, r.Header["retry-after"], body)
}

// RetryAfter is the pause that a Retry-After header asks for, in seconds or until a date; ok is false where it asks for none.
func (r *Response) RetryAfter() (pause time.Duration, ok bool) {
	return piece.RetryAfter(r.Header["retry-after"], time.Now())
}
