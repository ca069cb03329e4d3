package piecehttp

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/ap-wasm/piece-go/internal/abi"
)

func init() { http.DefaultTransport = transport{} }

// transport sends requests through the host.
type transport struct{}

func (transport) RoundTrip(q *http.Request) (*http.Response, error) {
	host := q.Host
	if host == "" {
		host = q.URL.Host
	}
	request := &abi.Request{Method: q.Method, Scheme: q.URL.Scheme, Authority: host, Path: q.URL.RequestURI()}
	if request.Method == "" {
		request.Method = http.MethodGet
	}
	for name, values := range q.Header {
		for _, value := range values {
			request.Headers = append(request.Headers, abi.Header{Name: name, Value: value})
		}
	}
	if _, given := q.Header["User-Agent"]; !given {
		request.Headers = append(request.Headers, abi.Header{Name: "User-Agent", Value: "ap-wasm"})
	}
	if q.Body != nil && q.Body != http.NoBody {
		defer q.Body.Close()
		request.Body = q.Body
		if q.ContentLength > 0 && q.Header.Get("Content-Length") == "" {
			length := strconv.FormatInt(q.ContentLength, 10)
			request.Headers = append(request.Headers, abi.Header{Name: "Content-Length", Value: length})
		}
	}
	received, err := abi.Do(q.Context(), request)
	if err != nil {
		if host, ours := err.(*abi.HTTPError); ours && host.Code == "HTTP-request-denied" {
			return nil, fmt.Errorf("%w; add %q to capabilities.http in piece.json, or have it granted", err, origin(q.URL))
		}
		return nil, err
	}
	response := &http.Response{
		Status:     strconv.Itoa(received.Status) + " " + http.StatusText(received.Status),
		StatusCode: received.Status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{},
		Body:          received.Body,
		ContentLength: -1,
		Request:       q,
	}
	for _, header := range received.Headers {
		response.Header.Add(header.Name, header.Value)
	}
	if length, err := strconv.ParseInt(response.Header.Get("Content-Length"), 10, 64); err == nil {
		response.ContentLength = length
	}
	return response, nil
}
