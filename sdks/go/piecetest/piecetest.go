//go:build !wasip1

// Package piecetest calls a piece in unit tests, natively, without a component. Store and files are in memory, requests are
// answered by the test. `ap-wasm test` runs the real component.
//
//	func TestMain(m *testing.M) {
//		main() // defines the piece
//		os.Exit(m.Run())
//	}
//
//	func TestForecast(t *testing.T) {
//		outside := piecetest.New(t)
//		outside.RoundTrip = piecetest.Answer(200, `{"degrees": 21}`)
//		out, err := outside.Action("forecast", piecetest.Input{Props: map[string]any{"city": "Rome"}})
//		…
//	}
package piecetest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ap-wasm/piece-go/internal/abi"
	"github.com/ap-wasm/piece-go/piece"
)

// Outside is what the piece reaches beyond itself: at first an empty store, no files, the real network.
type Outside struct {
	// Store holds values by "flow/<key>" and "project/<key>", as JSON text.
	Store map[string]string
	// Files by reference: give them to the piece, and find what it wrote.
	Files map[string]File
	// RoundTrip answers requests of fetch and net/http; nil: the network does.
	RoundTrip func(*http.Request) (*http.Response, error)

	current *abi.Outside
}

// File is one that the piece finds or has written.
type File = abi.StoredFile

// Request is what the piece asked of the run.
type Request struct {
	// Kind is respond, stop, waitUntil or waitForWebhook.
	Kind string
	// Response, decoded; nil without one.
	Response any
	// Until is the moment of waitUntil.
	Until time.Time
}

// Input is that of a call, as the contract has it; what is left out is absent.
type Input struct {
	Props any `json:"props,omitempty"`
	// Auth is a connection: map[string]any{"type": "SECRET_TEXT", "secret_text": "…"}.
	Auth       any            `json:"auth,omitempty"`
	Run        map[string]any `json:"run,omitempty"`
	WebhookURL string         `json:"webhookUrl,omitempty"`
	Payload    *Payload       `json:"payload,omitempty"`
	Search     string         `json:"searchValue,omitempty"`
	// Secret is that of events/verify.
	Secret string `json:"secret,omitempty"`
}

// Payload is what a webhook received.
type Payload struct {
	Body    any               `json:"body"`
	RawBody string            `json:"rawBody,omitempty"`
	Headers map[string]string `json:"headers"`
	Query   map[string]string `json:"queryParams"`
}

// Hook is the moment in a trigger's life that it is called for.
type Hook = abi.Hook

// The moments in a trigger's life.
const (
	OnEnable  = abi.OnEnable
	OnDisable = abi.OnDisable
	OnStart   = abi.OnStart
	OnRenew   = abi.OnRenew
	Handshake = abi.Handshake
	Run       = abi.Run
	Test      = abi.Test
)

// New is the outside of the calls of a test; they must not run beside those of another.
func New(t testing.TB) *Outside {
	before := abi.Current
	current := abi.NewOutside()
	abi.Current = current
	t.Cleanup(func() { abi.Current = before })
	o := &Outside{Store: current.Store, Files: current.Files, current: current}
	current.RoundTrip = func(request *http.Request) (*http.Response, error) {
		if o.RoundTrip == nil {
			return realTransport.RoundTrip(request)
		}
		response, err := o.RoundTrip(request)
		if response != nil && response.Request == nil {
			response.Request = request
		}
		return response, err
	}
	return o
}

var realTransport = &http.Transport{Proxy: http.ProxyFromEnvironment}

// Answer answers every request in the same way.
func Answer(status int, body string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return Response(status, body), nil }
}

// Response is one with a body of JSON.
func Response(status int, body string) *http.Response {
	return &http.Response{
		StatusCode:    status,
		Status:        fmt.Sprintf("%d %s", status, http.StatusText(status)),
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)),
	}
}

// Requests are what the piece has asked of the run, in order.
func (o *Outside) Requests() []Request {
	requests := make([]Request, len(o.current.Requests))
	for i, asked := range o.current.Requests {
		requests[i] = Request{Kind: asked.Kind}
		if asked.UnixMs > 0 {
			requests[i].Until = time.UnixMilli(int64(asked.UnixMs))
		}
		if asked.Response != nil {
			_ = abi.Handler.Unmarshal(asked.Response, &requests[i].Response)
		}
	}
	return requests
}

// Action runs an action; its result is as JSON would have it: map[string]any, []any, float64. An error is a *piece.Error.
func (o *Outside) Action(name string, input Input) (any, error) {
	return travelled(input, func(in []byte) ([]byte, *abi.Failure) { return abi.Handler.Action(name, in) })
}

// Trigger runs one hook of a trigger.
func (o *Outside) Trigger(name string, hook Hook, input Input) (any, error) {
	return travelled(input, func(in []byte) ([]byte, *abi.Failure) { return abi.Handler.Trigger(name, hook, in) })
}

// Resolve computes what stands at a path: actions/<action>/props/<property>, auth/validate, events/parse …
func (o *Outside) Resolve(path string, input Input) (any, error) {
	return travelled(input, func(in []byte) ([]byte, *abi.Failure) { return abi.Handler.Resolve(path, in) })
}

// Describe is the description that the piece's component returns, as JSON.
func Describe() (string, error) {
	description, f := abi.Handler.Describe()
	return description, failure(f)
}

func travelled(input Input, call func([]byte) ([]byte, *abi.Failure)) (any, error) {
	encoded, err := abi.Handler.Marshal(input)
	if err != nil {
		return nil, err
	}
	output, f := call(encoded)
	if f != nil {
		return nil, failure(f)
	}
	var value any
	if err := abi.Handler.Unmarshal(output, &value); err != nil {
		return nil, err
	}
	return value, nil
}

func failure(f *abi.Failure) error {
	if f == nil {
		return nil
	}
	e := &piece.Error{Code: f.Code, Message: f.Message}
	if f.HasRetry {
		e.RetryAfter = piece.AnyTime
		if f.RetryAfterMs > 0 {
			e.RetryAfter = time.Duration(f.RetryAfterMs) * time.Millisecond
		}
	}
	if f.Detail != nil {
		_ = abi.Handler.Unmarshal(f.Detail, &e.Detail)
	}
	return e
}

// CodeOf is the code of a failure; empty if it is none.
func CodeOf(err error) string {
	var refused *piece.Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}
