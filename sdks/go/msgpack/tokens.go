package msgpack

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// decoder reads values one after the other.
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
