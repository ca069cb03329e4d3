package piece

import (
	"encoding/json"
	"reflect"
	"strconv"
	"time"

	"github.com/ap-wasm/piece-go/internal/abi"
)

// callInput is an input of the contract, taken apart but not decoded: each part is read where it is needed.
type callInput struct {
	encoding Encoding
	parts    map[string][]byte
}

func (in *callInput) text(name string) string {
	var text string
	if raw, given := in.parts[name]; given {
		_ = in.encoding.Unmarshal(raw, &text)
	}
	return text
}

func (in *callInput) needAuth(c *callable) error {
	if _, given := in.parts["auth"]; given || !c.requiresAuth() {
		return nil
	}
	return &Error{
		Code:    "invalid_input",
		Message: "auth is required: choose a connection",
		Detail:  map[string]any{"violations": []violation{{"auth", "is required"}}},
	}
}

// readProps fills a new struct of the form's type.
func (in *callInput) readProps(f *form) (reflect.Value, error) {
	into := reflect.New(f.of).Elem()
	var given map[string][]byte
	if raw, some := in.parts["props"]; some {
		fields, err := in.encoding.Fields(raw)
		if err != nil {
			return into, invalidInput([]violation{{"props", "must be an object"}})
		}
		given = fields
	}
	var violations []violation
	f.read(in.encoding, given, "props", into, &violations)
	if len(violations) > 0 {
		return into, invalidInput(violations)
	}
	return into, nil
}

// call runs one call of the piece: its input taken apart, its context made and ended, its result encoded.
func call(at place, input []byte, work func(*Context, *callInput) (any, error)) (output []byte, failure *abi.Failure) {
	encoding := defined.encoding()
	parts, err := encoding.Fields(input)
	if err != nil {
		return nil, failureOf(err, place{})
	}
	in := &callInput{encoding, parts}
	ctx, cancel := newContext(in)
	defer cancel()
	value, err := guarded(func() (any, error) { return work(ctx, in) })
	if err != nil {
		return nil, failureOf(err, at)
	}
	output, err = guardedEncoding(encoding, value)
	if err != nil {
		return nil, failureOf(err, at)
	}
	return output, nil
}

// guarded turns a panic into an error with its place.
func guarded(work func() (any, error)) (value any, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = &bug{textOf(thrown), placeOfPanic()}
		}
	}()
	return work()
}

// guardedEncoding: an author's MarshalJSON may panic, too.
func guardedEncoding(encoding Encoding, value any) ([]byte, error) {
	encoded, err := guarded(func() (any, error) { return encoding.Marshal(value) })
	if err != nil {
		return nil, err
	}
	return encoded.([]byte), nil
}

// runInfo is `run` of an input.
type runInfo struct {
	ID            string  `json:"id"`
	ProjectID     string  `json:"projectId"`
	FlowID        string  `json:"flowId"`
	StepName      string  `json:"stepName"`
	Attempt       int     `json:"attempt"`
	ExecutionType string  `json:"executionType"`
	ResumeURL     string  `json:"resumeUrl"`
	Testing       bool    `json:"testing"`
	Deadline      instant `json:"deadline"`
}

// instant is an ISO 8601 text or milliseconds since 1970.
type instant struct{ time.Time }

// UnmarshalJSON reads either form; what is neither is no instant.
func (i *instant) UnmarshalJSON(raw []byte) error {
	if ms, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		i.Time = time.UnixMilli(ms)
		return nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		i.Time, _ = time.Parse(time.RFC3339, text)
	}
	return nil
}
