// Package abi is the contract ap:piece@0.1.0 in Go: its five exports and what a piece may import, by hand on the canonical
// ABI. Off wasm stand-ins in memory take the place of the host, so that go vet, go test and gopls need no setting.
package abi

import "io"

// Failure is the contract's record of that name: a refusal of the piece or of the host.
type Failure struct {
	Code, Message string
	// RetryAfterMs counts only if HasRetry.
	RetryAfterMs uint64
	HasRetry     bool
	// Detail is encoded as the piece's description says; nil without one.
	Detail []byte
}

func (f *Failure) Error() string { return f.Message }

// Handler is the piece; package piece fills it in.
var Handler struct {
	// Start runs the author's main, once, before everything else.
	Start    func()
	Describe func() (string, *Failure)
	Init     func(config []byte) *Failure
	Action   func(name string, input []byte) ([]byte, *Failure)
	Trigger  func(name string, hook Hook, input []byte) ([]byte, *Failure)
	Resolve  func(path string, input []byte) ([]byte, *Failure)
	// Marshal and Unmarshal are those of the piece's encoding.
	Marshal   func(value any) ([]byte, error)
	Unmarshal func(data []byte, into any) error
}

// Hook is the moment in a trigger's life that it is called for.
type Hook uint8

// The moments, in the contract's order.
const (
	OnEnable Hook = iota
	OnDisable
	OnStart
	OnRenew
	Handshake
	Run
	Test
)

// Scope says whose state is meant.
type Scope uint8

// One flow's state, or that of all flows of the project.
const (
	Flow Scope = iota
	Project
)

// Level is one of wasi:logging.
type Level uint32

// Levels, in the contract's order.
const (
	Trace Level = iota
	Debug
	Info
	Warn
	Error
	Critical
)

// HTTPError is a request that failed: Code is a case of wasi:http's error-code.
type HTTPError struct{ Code, Message string }

func (e *HTTPError) Error() string {
	if e.Message == "" {
		return e.Code
	}
	return e.Code + " (" + e.Message + ")"
}

// Header is one line of a request or response.
type Header struct{ Name, Value string }

// Request is one hop; nobody follows its redirects.
type Request struct {
	Method, Scheme, Authority, Path string
	Headers                         []Header
	// Body is nil for none.
	Body io.Reader
}

// Response is what came back. Its body must be closed; what is left open is closed when the call ends.
type Response struct {
	Status  int
	Headers []Header
	Body    io.ReadCloser
}
