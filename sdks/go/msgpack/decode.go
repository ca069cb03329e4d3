package msgpack

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"unicode/utf8"
)

type decoder struct {
	data []byte
	at   int
}

var errShort = errors.New("it ends too early")

func (d *decoder) take(n uint64) ([]byte, error) {
	if n > uint64(len(d.data)-d.at) {
		return nil, errShort
	}
	from := d.at
	d.at += int(n)
	return d.data[from:d.at:d.at], nil
}

func (d *decoder) number(size uint64) (uint64, error) {
	taken, err := d.take(size)
	if err != nil {
		return 0, err
	}
	var n uint64
	for _, c := range taken {
		n = n<<8 | uint64(c)
	}
	return n, nil
}

type kind int

const (
	aNil kind = iota
	aBool
	anInt
	aUint
	aFloat
	aText
	aBin
	aList
	aMap
)

func (k kind) String() string {
	return [...]string{"null", "true or false", "a number", "a number", "a number", "a text", "bytes", "a list", "an object"}[k]
}

// token is the head of a value; bits is its number or how many items follow, raw its text or bytes.
type token struct {
	kind kind
	bits uint64
	raw  []byte
}

func (d *decoder) text(kind kind, n uint64, err error) (token, error) {
	if err != nil {
		return token{}, err
	}
	raw, err := d.take(n)
	if err == nil && kind == aText && !utf8.Valid(raw) {
		err = errors.New("a text is not valid UTF-8")
	}
	return token{kind: kind, raw: raw}, err
}

func (d *decoder) float(bits uint64, err error) (token, error) {
	if f := math.Float64frombits(bits); err == nil && (math.IsNaN(f) || math.IsInf(f, 0)) {
		err = fmt.Errorf("%v is no number", f)
	}
	return token{kind: aFloat, bits: bits}, err
}

func (d *decoder) next() (token, error) {
	first, err := d.number(1)
	if err != nil {
		return token{}, err
	}
	c := byte(first)
	switch {
	case c < 0x80:
		return token{kind: aUint, bits: first}, nil
	case c < 0x90:
		return token{kind: aMap, bits: first & 15}, nil
	case c < 0xa0:
		return token{kind: aList, bits: first & 15}, nil
	case c < 0xc0:
		return d.text(aText, first&31, nil)
	case c >= 0xe0:
		return token{kind: anInt, bits: uint64(int64(int8(c)))}, nil
	}
	switch c {
	case codeNil:
		return token{kind: aNil}, nil
	case codeFalse, codeTrue:
		return token{kind: aBool, bits: first & 1}, nil
	case 0xc4, 0xc5, 0xc6:
		n, err := d.number(1 << (c - 0xc4))
		return d.text(aBin, n, err)
	case 0xca:
		n, err := d.number(4)
		return d.float(math.Float64bits(float64(math.Float32frombits(uint32(n)))), err)
	case 0xcb:
		return d.float(d.number(8))
	case 0xcc, 0xcd, 0xce, 0xcf:
		n, err := d.number(1 << (c - 0xcc))
		return token{kind: aUint, bits: n}, err
	case 0xd0, 0xd1, 0xd2, 0xd3:
		size := uint64(1) << (c - 0xd0)
		n, err := d.number(size)
		unused := 64 - 8*size
		return token{kind: anInt, bits: uint64(int64(n<<unused) >> unused)}, err
	case 0xd9, 0xda, 0xdb:
		n, err := d.number(1 << (c - 0xd9))
		return d.text(aText, n, err)
	case 0xdc, 0xdd:
		n, err := d.number(2 << (c - 0xdc))
		return token{kind: aList, bits: n}, err
	case 0xde, 0xdf:
		n, err := d.number(2 << (c - 0xde))
		return token{kind: aMap, bits: n}, err
	}
	return token{}, fmt.Errorf("0x%x begins no value that a payload can hold", c)
}

// room: each item takes a byte at least, so that a length that lies is refused before anything is made for it.
func (d *decoder) room(t token, depth int) error {
	if depth >= maxNesting {
		return fmt.Errorf("nested deeper than %d", maxNesting)
	}
	items := t.bits
	if t.kind == aMap {
		items *= 2
	}
	if items > uint64(len(d.data)-d.at) {
		return errShort
	}
	return nil
}

func (d *decoder) key() (string, error) {
	t, err := d.next()
	if err != nil {
		return "", err
	}
	if t.kind != aText {
		return "", fmt.Errorf("a key is %s", t.kind)
	}
	return string(t.raw), nil
}

// entries calls read for each key, which must take the value; a key that stands twice is refused.
func (d *decoder) entries(n uint64, read func(key string) error) error {
	seen := make(map[string]bool, n)
	for range n {
		key, err := d.key()
		if err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("the key %q stands twice", key)
		}
		seen[key] = true
		if err := read(key); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

func (d *decoder) skip(depth int) error {
	t, err := d.next()
	if err != nil || t.kind != aList && t.kind != aMap {
		return err
	}
	if err := d.room(t, depth); err != nil {
		return err
	}
	if t.kind == aMap {
		return d.entries(t.bits, func(string) error { return d.skip(depth + 1) })
	}
	for range t.bits {
		if err := d.skip(depth + 1); err != nil {
			return err
		}
	}
	return nil
}

// any decodes what an interface holds: int64 (uint64 beyond it), float64, string, []byte, []any, map[string]any.
func (d *decoder) any(depth int) (any, error) {
	t, err := d.next()
	if err != nil {
		return nil, err
	}
	switch t.kind {
	case aNil:
		return nil, nil
	case aBool:
		return t.bits == 1, nil
	case anInt:
		return int64(t.bits), nil
	case aUint:
		if t.bits > math.MaxInt64 {
			return t.bits, nil
		}
		return int64(t.bits), nil
	case aFloat:
		return math.Float64frombits(t.bits), nil
	case aText:
		return string(t.raw), nil
	case aBin:
		return bytes.Clone(t.raw), nil
	}
	if err := d.room(t, depth); err != nil {
		return nil, err
	}
	if t.kind == aList {
		list := make([]any, t.bits)
		for i := range list {
			if list[i], err = d.any(depth + 1); err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return list, nil
	}
	object := make(map[string]any, t.bits)
	err = d.entries(t.bits, func(key string) error {
		value, err := d.any(depth + 1)
		object[key] = value
		return err
	})
	return object, err
}

var (
	unmarshalerType     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// own: a type that reads itself from JSON reads itself from here, too.
func (d *decoder) own(v reflect.Value, depth int) (bool, error) {
	t := reflect.PointerTo(v.Type())
	if v.Kind() == reflect.Pointer || !t.Implements(unmarshalerType) && !t.Implements(textUnmarshalerType) {
		return false, nil
	}
	value, err := d.any(depth)
	if err != nil {
		return true, err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return true, err
	}
	return true, json.Unmarshal(text, v.Addr().Interface())
}

func (d *decoder) value(v reflect.Value, depth int) error {
	if done, err := d.own(v, depth); done {
		return err
	}
	if v.Kind() == reflect.Interface && v.NumMethod() == 0 {
		value, err := d.any(depth)
		if err != nil {
			return err
		}
		if v.SetZero(); value != nil {
			v.Set(reflect.ValueOf(value))
		}
		return nil
	}
	if v.Kind() == reflect.Pointer {
		if d.at < len(d.data) && d.data[d.at] == codeNil {
			d.at++
			v.SetZero()
			return nil
		}
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return d.value(v.Elem(), depth)
	}
	t, err := d.next()
	if err != nil || t.kind == aNil {
		return err
	}
	return d.into(v, t, depth)
}

func (d *decoder) into(v reflect.Value, t token, depth int) error {
	wrong := fmt.Errorf("%s does not fit %s", t.kind, v.Type())
	switch v.Kind() {
	case reflect.Bool:
		if t.kind != aBool {
			return wrong
		}
		v.SetBool(t.bits == 1)
	case reflect.String:
		if t.kind != aText {
			return wrong
		}
		v.SetString(string(t.raw))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		i, whole := t.int()
		if !whole || v.OverflowInt(i) {
			return wrong
		}
		v.SetInt(i)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		u, whole := t.uint()
		if !whole || v.OverflowUint(u) {
			return wrong
		}
		v.SetUint(u)
	case reflect.Float32, reflect.Float64:
		f, is := t.float()
		if !is {
			return wrong
		}
		v.SetFloat(f)
	case reflect.Slice, reflect.Array:
		return d.list(v, t, depth, wrong)
	case reflect.Map:
		return d.object(v, t, depth, wrong)
	case reflect.Struct:
		return d.fields(v, t, depth, wrong)
	default:
		return wrong
	}
	return nil
}

func (t token) int() (int64, bool) {
	switch t.kind {
	case anInt:
		return int64(t.bits), true
	case aUint:
		return int64(t.bits), t.bits <= math.MaxInt64
	case aFloat:
		f := math.Float64frombits(t.bits)
		return int64(f), f == math.Trunc(f) && math.Abs(f) <= maxExact
	}
	return 0, false
}

func (t token) uint() (uint64, bool) {
	if t.kind == aUint {
		return t.bits, true
	}
	i, whole := t.int()
	return uint64(i), whole && i >= 0
}

func (t token) float() (float64, bool) {
	switch t.kind {
	case anInt:
		return float64(int64(t.bits)), true
	case aUint:
		return float64(t.bits), true
	case aFloat:
		return math.Float64frombits(t.bits), true
	}
	return 0, false
}

func (d *decoder) list(v reflect.Value, t token, depth int, wrong error) error {
	if t.kind == aBin && v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		v.SetBytes(bytes.Clone(t.raw))
		return nil
	}
	if t.kind != aList {
		return wrong
	}
	if err := d.room(t, depth); err != nil {
		return err
	}
	n := int(t.bits)
	if v.Kind() == reflect.Slice {
		v.Set(reflect.MakeSlice(v.Type(), n, n))
	}
	for i := range n {
		if i >= v.Len() {
			if err := d.skip(depth + 1); err != nil {
				return err
			}
		} else if err := d.value(v.Index(i), depth+1); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

func (d *decoder) object(v reflect.Value, t token, depth int, wrong error) error {
	if t.kind != aMap || v.Type().Key().Kind() != reflect.String {
		return wrong
	}
	if err := d.room(t, depth); err != nil {
		return err
	}
	if v.IsNil() {
		v.Set(reflect.MakeMapWithSize(v.Type(), int(t.bits)))
	}
	return d.entries(t.bits, func(key string) error {
		value := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(value, depth+1); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), value)
		return nil
	})
}

func (d *decoder) fields(v reflect.Value, t token, depth int, wrong error) error {
	if t.kind != aMap {
		return wrong
	}
	if err := d.room(t, depth); err != nil {
		return err
	}
	fields := fieldsOf(v.Type())
	return d.entries(t.bits, func(key string) error {
		for _, f := range fields {
			if f.name != key {
				continue
			}
			target, err := v.FieldByIndexErr(f.index)
			if err != nil {
				return err
			}
			return d.value(target, depth+1)
		}
		return d.skip(depth + 1)
	})
}
