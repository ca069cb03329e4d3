package msgpack

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	codeNil   = 0xc0
	codeFalse = 0xc2
	codeTrue  = 0xc3
	maxExact  = 1 << 53
)

// head is the shortest head of a text, list or map; code8 is 0 where there is no form of one byte.
func head(out []byte, n int, fixed byte, fixedMax int, code8, code16, code32 byte) []byte {
	switch {
	case n <= fixedMax:
		return append(out, fixed|byte(n))
	case code8 != 0 && n < 1<<8:
		return append(out, code8, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(out, code16), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(out, code32), uint32(n))
}

func encodeText(out []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	return append(head(out, len(s), 0xa0, 31, 0xd9, 0xda, 0xdb), s...)
}

func encodeBytes(out, b []byte) []byte {
	return append(head(out, len(b), 0, -1, 0xc4, 0xc5, 0xc6), b...)
}

func encodeList(out []byte, n int) []byte { return head(out, n, 0x90, 15, 0, 0xdc, 0xdd) }

func encodeMap(out []byte, n int) []byte { return head(out, n, 0x80, 15, 0, 0xde, 0xdf) }

func encodeInt(out []byte, i int64) []byte {
	switch {
	case i >= 0:
		return encodeUint(out, uint64(i))
	case i >= -32:
		return append(out, byte(i))
	case i >= math.MinInt8:
		return append(out, 0xd0, byte(i))
	case i >= math.MinInt16:
		return binary.BigEndian.AppendUint16(append(out, 0xd1), uint16(i))
	case i >= math.MinInt32:
		return binary.BigEndian.AppendUint32(append(out, 0xd2), uint32(i))
	}
	return binary.BigEndian.AppendUint64(append(out, 0xd3), uint64(i))
}

func encodeUint(out []byte, u uint64) []byte {
	switch {
	case u < 1<<7:
		return append(out, byte(u))
	case u < 1<<8:
		return append(out, 0xcc, byte(u))
	case u < 1<<16:
		return binary.BigEndian.AppendUint16(append(out, 0xcd), uint16(u))
	case u < 1<<32:
		return binary.BigEndian.AppendUint32(append(out, 0xce), uint32(u))
	}
	return binary.BigEndian.AppendUint64(append(out, 0xcf), u)
}

// encodeFloat: a whole number is an integer, as for languages that know no difference.
func encodeFloat(out []byte, f float64) ([]byte, error) {
	if f == math.Trunc(f) && math.Abs(f) <= maxExact {
		return encodeInt(out, int64(f)), nil
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("%v is no number that a payload can hold", f)
	}
	return binary.BigEndian.AppendUint64(append(out, 0xcb), math.Float64bits(f)), nil
}

func encode(out []byte, v reflect.Value, depth int) ([]byte, error) {
	if !v.IsValid() {
		return append(out, codeNil), nil
	}
	for hops := 0; ; hops++ {
		indirect := v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer
		if indirect && v.IsNil() {
			return append(out, codeNil), nil
		}
		if done, out, err := encodeOwn(out, v, depth); done {
			return out, err
		}
		if !indirect {
			break
		}
		if hops == maxNesting {
			return nil, errors.New("its pointers have no end")
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return append(out, codeTrue), nil
		}
		return append(out, codeFalse), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return encodeInt(out, v.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return encodeUint(out, v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return encodeFloat(out, v.Float())
	case reflect.String:
		if number, is := v.Interface().(json.Number); is {
			return encodeNumber(out, number)
		}
		return encodeText(out, v.String()), nil
	}
	if depth >= maxNesting {
		return nil, fmt.Errorf("nested deeper than %d", maxNesting)
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		return encodeItems(out, v, depth)
	case reflect.Map:
		return encodeEntries(out, v, depth)
	case reflect.Struct:
		return encodeStruct(out, v, depth)
	}
	return nil, fmt.Errorf("a %s is no value", v.Type())
}

var (
	marshalerType     = reflect.TypeFor[json.Marshaler]()
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
)

// encodeOwn: a type that says what it is in JSON says it here, too.
func encodeOwn(out []byte, v reflect.Value, depth int) (bool, []byte, error) {
	t := v.Type()
	if v.Kind() != reflect.Pointer && v.CanAddr() && !t.Implements(marshalerType) && reflect.PointerTo(t).Implements(marshalerType) {
		v = v.Addr()
		t = v.Type()
	}
	if v.Kind() == reflect.Interface || !v.CanInterface() {
		return false, nil, nil
	}
	if t.Implements(marshalerType) {
		text, err := v.Interface().(json.Marshaler).MarshalJSON()
		if err == nil {
			out, err = encodeJSON(out, text, depth)
		}
		return true, out, err
	}
	if t.Implements(textMarshalerType) {
		text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		return true, encodeText(out, string(text)), err
	}
	return false, nil, nil
}

// encodeJSON keeps the order of keys.
func encodeJSON(out, text []byte, depth int) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	out, err := encodeToken(out, d, depth)
	if err != nil {
		return nil, fmt.Errorf("its MarshalJSON: %w", err)
	}
	return out, nil
}

func encodeToken(out []byte, d *json.Decoder, depth int) ([]byte, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, nested := token.(json.Delim)
	if !nested {
		return encode(out, reflect.ValueOf(token), depth)
	}
	if depth >= maxNesting {
		return nil, fmt.Errorf("nested deeper than %d", maxNesting)
	}
	var inner []byte
	n := 0
	for ; d.More(); n++ {
		if delim == '{' {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			inner = encodeText(inner, name.(string))
		}
		if inner, err = encodeToken(inner, d, depth+1); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if delim == '{' {
		return append(encodeMap(out, n), inner...), nil
	}
	return append(encodeList(out, n), inner...), nil
}

func encodeNumber(out []byte, number json.Number) ([]byte, error) {
	if i, err := strconv.ParseInt(string(number), 10, 64); err == nil {
		return encodeInt(out, i), nil
	}
	if u, err := strconv.ParseUint(string(number), 10, 64); err == nil {
		return encodeUint(out, u), nil
	}
	f, err := strconv.ParseFloat(string(number), 64)
	if err != nil {
		return nil, err
	}
	return encodeFloat(out, f)
}

func encodeItems(out []byte, v reflect.Value, depth int) ([]byte, error) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return append(out, codeNil), nil
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		return encodeBytes(out, v.Bytes()), nil
	}
	out = encodeList(out, v.Len())
	var err error
	for i := range v.Len() {
		if out, err = encode(out, v.Index(i), depth+1); err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return out, nil
}

// encodeEntries: in the order of keys, so that equal values are equal bytes.
func encodeEntries(out []byte, v reflect.Value, depth int) ([]byte, error) {
	if v.IsNil() {
		return append(out, codeNil), nil
	}
	type entry struct {
		key   string
		value reflect.Value
	}
	entries := make([]entry, 0, v.Len())
	for all := v.MapRange(); all.Next(); {
		key, err := keyText(all.Key())
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{key, all.Value()})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	out = encodeMap(out, len(entries))
	var err error
	for _, e := range entries {
		out = encodeText(out, e.key)
		if out, err = encode(out, e.value, depth+1); err != nil {
			return nil, fmt.Errorf("%s: %w", e.key, err)
		}
	}
	return out, nil
}

func keyText(key reflect.Value) (string, error) {
	if key.Kind() == reflect.String {
		return key.String(), nil
	}
	if text, is := key.Interface().(encoding.TextMarshaler); is {
		encoded, err := text.MarshalText()
		return string(encoded), err
	}
	switch {
	case key.CanInt():
		return strconv.FormatInt(key.Int(), 10), nil
	case key.CanUint():
		return strconv.FormatUint(key.Uint(), 10), nil
	}
	return "", fmt.Errorf("a %s is no key", key.Type())
}

func encodeStruct(out []byte, v reflect.Value, depth int) ([]byte, error) {
	fields := fieldsOf(v.Type())
	var inner []byte
	n := 0
	for _, f := range fields {
		value, err := v.FieldByIndexErr(f.index)
		if err != nil || f.omitEmpty && isEmpty(value) || f.omitZero && value.IsZero() {
			continue
		}
		inner = encodeText(inner, f.name)
		if f.quoted && (value.CanInt() || value.CanUint() || value.CanFloat() || value.Kind() == reflect.Bool) {
			inner = encodeText(inner, fmt.Sprint(value.Interface()))
		} else if inner, err = encode(inner, value, depth+1); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		n++
	}
	return append(encodeMap(out, n), inner...), nil
}
