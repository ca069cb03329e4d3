package piece

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/ap-wasm/piece-go/internal/abi"
)

// Error is a refusal: a normal result that a flow can branch on. Returned from a function of the piece, wrapped or not, it
// is the failure of the call; any other error is a bug with the code internal_error.
type Error struct {
	// Code is stable, machine-readable, snake_case: rate_limited.
	Code string
	// Message is for a person: what went wrong, and what to do about it.
	Message string
	// RetryAfter: trying again after that long may succeed; AnyTime leaves the moment to the caller.
	RetryAfter time.Duration
	// Detail is anything more that a flow may branch on.
	Detail any
	// Cause is the error behind it; it is not told.
	Cause error
}

// AnyTime as RetryAfter: trying again may succeed, at a moment of the caller's choice.
const AnyTime time.Duration = -1

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// hostError is a refusal of the host as the SDK's own.
func hostError(f *abi.Failure) error {
	if f == nil {
		return nil
	}
	e := &Error{Code: f.Code, Message: f.Message}
	if f.HasRetry {
		e.RetryAfter = AnyTime
		if f.RetryAfterMs > 0 {
			e.RetryAfter = time.Duration(f.RetryAfterMs) * time.Millisecond
		}
	}
	return e
}

// place is where something stands in the author's files.
type place struct {
	Function string `json:"function,omitempty"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	// Stack has a line for each function and one for its place, the innermost first.
	Stack string `json:"stack,omitempty"`
}

func (p place) suffix() string {
	if p.File == "" {
		return ""
	}
	return " (" + p.File + ":" + strconv.Itoa(p.Line) + ")"
}

func placeOfFunc(f any) place {
	function := runtime.FuncForPC(reflect.ValueOf(f).Pointer())
	if function == nil {
		return place{}
	}
	file, line := function.FileLine(function.Entry())
	return place{Function: function.Name(), File: file, Line: line}
}

const maxFrames = 64

// ours are packages whose frames say nothing to an author.
func ours(function string) bool {
	return strings.HasPrefix(function, "runtime.") ||
		strings.HasPrefix(function, "reflect.") ||
		strings.HasPrefix(function, "github.com/ap-wasm/piece-go/")
}

// placeOfPanic is called by what recovers.
func placeOfPanic() place {
	var counters [maxFrames]uintptr
	frames := runtime.CallersFrames(counters[:runtime.Callers(2, counters[:])])
	var at place
	var stack strings.Builder
	for {
		frame, more := frames.Next()
		if frame.Function != "" && !ours(frame.Function) {
			if at.File == "" {
				at = place{Function: frame.Function, File: frame.File, Line: frame.Line}
			}
			fmt.Fprintf(&stack, "%s\n\t%s:%d\n", frame.Function, frame.File, frame.Line)
		}
		if !more {
			break
		}
	}
	at.Stack = stack.String()
	return at
}

func textOf(thrown any) string {
	switch t := thrown.(type) {
	case error:
		return t.Error()
	case string:
		return t
	case fmt.Stringer:
		return t.String()
	}
	return fmt.Sprint(thrown)
}

// bug is a panic of the piece, caught.
type bug struct {
	text string
	at   place
}

func (b *bug) Error() string { return "panic: " + b.text }

// Failure codes by wasi:http error code; the rest is upstream_error.
var httpCodes = map[string]string{
	"HTTP-request-denied":      "not_granted",
	"connection-refused":       "connection_refused",
	"connection-timeout":       "timeout",
	"connection-read-timeout":  "timeout",
	"connection-write-timeout": "timeout",
	"HTTP-response-timeout":    "timeout",
	"DNS-timeout":              "timeout",
}

// refusal is the error as one of the SDK's own; nil where it is a bug.
func refusal(err error) *Error {
	var refused *Error
	if errors.As(err, &refused) {
		return refused
	}
	var request *abi.HTTPError
	if errors.As(err, &request) {
		code, known := httpCodes[request.Code]
		if !known {
			code = "upstream_error"
		}
		return &Error{Code: code, Message: err.Error(), Cause: err}
	}
	var timed interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timed) && timed.Timeout() {
		return &Error{Code: "timeout", Message: err.Error(), Cause: err}
	}
	return nil
}

// failureOf is the contract's record of any error; at is where the function begins that returned it.
func failureOf(err error, at place) *abi.Failure {
	var panicked *bug
	if errors.As(err, &panicked) {
		return internal(panicked.Error()+panicked.at.suffix(), panicked.at)
	}
	refused := refusal(err)
	if refused == nil {
		at.Stack = chainOf(err)
		return internal(err.Error()+at.suffix(), at)
	}
	f := &abi.Failure{Code: refused.Code, Message: refused.Message}
	if refused.Code == "" {
		f.Code = "internal_error"
	}
	switch {
	case refused.RetryAfter == AnyTime:
		f.HasRetry = true
	case refused.RetryAfter > 0:
		f.HasRetry, f.RetryAfterMs = true, uint64(math.Ceil(float64(refused.RetryAfter)/float64(time.Millisecond)))
	}
	if refused.Detail != nil {
		f.Detail = detailOf(refused.Detail)
	}
	return f
}

func internal(message string, detail any) *abi.Failure {
	return &abi.Failure{Code: "internal_error", Message: message, Detail: detailOf(detail)}
}

func detailOf(detail any) []byte {
	encoded, err := defined.encoding().Marshal(detail)
	if err != nil {
		abi.Log(abi.Warn, "the detail of a failure cannot be encoded and was left out: "+err.Error())
		return nil
	}
	return encoded
}

// chainOf has a line for each error behind an error: its type and what it says. Go keeps no stack with an error.
func chainOf(err error) string {
	var chain strings.Builder
	for ; err != nil; err = errors.Unwrap(err) {
		fmt.Fprintf(&chain, "%T: %s\n", err, err.Error())
	}
	return chain.String()
}

// A violation is one wrong value of an input, by its path.
type violation struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

func invalidInput(violations []violation) error {
	words := make([]string, len(violations))
	for i, v := range violations {
		words[i] = v.Path + " " + v.Message
	}
	return &Error{
		Code:    "invalid_input",
		Message: strings.Join(words, "; "),
		Detail:  map[string]any{"violations": violations},
	}
}
