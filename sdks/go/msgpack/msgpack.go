// Package msgpack writes payloads as MessagePack, for pieces that move bytes or exact 64-bit integers:
//
//	piece.Define(piece.Info{Title: "Pictures", Encoding: msgpack.Encoding})
//
// Values have the fields that their json tags name; bytes are bin, a type with a MarshalJSON of its own is what that says.
package msgpack

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/ap-wasm/piece-go/piece"
)

// Encoding is what piece.Info takes.
var Encoding piece.Encoding = codec{}

type codec struct{}

func (codec) Name() string { return "msgpack" }

func (codec) Marshal(value any) ([]byte, error) {
	out, err := encode(make([]byte, 0, 256), reflect.ValueOf(value), 0)
	if err != nil {
		return nil, &piece.Error{Code: "internal_error", Message: "the result cannot be written as MessagePack: " + err.Error(), Cause: err}
	}
	return out, nil
}

func (codec) Unmarshal(data []byte, into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return errors.New("a value is decoded into a pointer")
	}
	d := &decoder{data: data}
	if err := d.value(v.Elem(), 0); err != nil {
		return damaged(err)
	}
	if d.at != len(data) {
		return damaged(fmt.Errorf("%d bytes follow the value", len(data)-d.at))
	}
	return nil
}

func (codec) Fields(data []byte) (map[string][]byte, error) {
	d := &decoder{data: data}
	t, err := d.next()
	if err == nil && t.kind != aMap {
		err = fmt.Errorf("an object was expected, not %s", t.kind)
	}
	if err == nil {
		err = d.room(t, 0)
	}
	fields := map[string][]byte{}
	for i := uint64(0); err == nil && i < t.bits; i++ {
		var key string
		if key, err = d.key(); err != nil {
			break
		}
		from := d.at
		if err = d.skip(1); err == nil && data[from] != codeNil {
			fields[key] = data[from:d.at:d.at]
		}
	}
	if err != nil {
		return nil, damaged(err)
	}
	return fields, nil
}

func (codec) Items(data []byte) ([][]byte, error) {
	d := &decoder{data: data}
	t, err := d.next()
	if err == nil && t.kind != aList {
		err = fmt.Errorf("a list was expected, not %s", t.kind)
	}
	if err == nil {
		err = d.room(t, 0)
	}
	items := [][]byte{}
	for i := uint64(0); err == nil && i < t.bits; i++ {
		from := d.at
		if err = d.skip(1); err == nil {
			items = append(items, data[from:d.at:d.at])
		}
	}
	if err != nil {
		return nil, damaged(err)
	}
	return items, nil
}

func damaged(err error) error {
	return &piece.Error{Code: "invalid_input", Message: "the input is not valid MessagePack: " + err.Error(), Cause: err}
}

// Deeper values are refused in both directions, as by the host.
const maxNesting = 512
