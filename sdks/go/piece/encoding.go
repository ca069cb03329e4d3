package piece

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
)

// Encoding is how payloads are written: JSON, or that of package msgpack. Values have the fields that their json tags name.
type Encoding interface {
	// Name is the contract's word.
	Name() string
	Marshal(value any) ([]byte, error)
	Unmarshal(data []byte, into any) error
	// Fields takes an object apart without decoding what is in it; what is null is left out.
	Fields(data []byte) (map[string][]byte, error)
	// Items takes a list apart.
	Items(data []byte) ([][]byte, error)
}

// JSON is the encoding unless a piece says otherwise: bytes are base64 text, integers that a double cannot hold decimal text.
var JSON Encoding = jsonEncoding{}

type jsonEncoding struct{}

func (jsonEncoding) Name() string { return "json" }

func (jsonEncoding) Marshal(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, &Error{Code: "internal_error", Message: "the result cannot be written as JSON: " + err.Error(), Cause: err}
	}
	written := bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
	if !holdsWide(written) {
		return written, nil
	}
	wide := map[string]bool{}
	collectWide(reflect.ValueOf(value), wide)
	return quoteWide(written, wide), nil
}

func (jsonEncoding) Unmarshal(data []byte, into any) error { return json.Unmarshal(data, into) }

func (jsonEncoding) Fields(data []byte) (map[string][]byte, error) {
	s := scanner{data: data}
	fields := map[string][]byte{}
	if !s.take('{') {
		return nil, s.fault("an object")
	}
	for first := true; !s.take('}'); first = false {
		if !first && !s.take(',') {
			return nil, s.fault("a comma")
		}
		var name string
		if err := json.Unmarshal(s.value(), &name); err != nil || !s.take(':') {
			return nil, s.fault("a name")
		}
		value := s.value()
		if value == nil {
			return nil, s.fault("a value")
		}
		if !bytes.Equal(value, []byte("null")) {
			fields[name] = value
		}
	}
	return fields, s.end()
}

func (jsonEncoding) Items(data []byte) ([][]byte, error) {
	s := scanner{data: data}
	items := [][]byte{}
	if !s.take('[') {
		return nil, s.fault("a list")
	}
	for first := true; !s.take(']'); first = false {
		if !first && !s.take(',') {
			return nil, s.fault("a comma")
		}
		value := s.value()
		if value == nil {
			return nil, s.fault("a value")
		}
		items = append(items, value)
	}
	return items, s.end()
}

// scanner finds where values end; what is in them is checked by who decodes them.
type scanner struct {
	data []byte
	at   int
}

func (s *scanner) fault(wanted string) error {
	return &Error{Code: "invalid_input", Message: fmt.Sprintf("the input is not valid JSON: %s was expected at byte %d", wanted, s.at)}
}

func (s *scanner) space() {
	for s.at < len(s.data) && (s.data[s.at] == ' ' || s.data[s.at] == '\n' || s.data[s.at] == '\t' || s.data[s.at] == '\r') {
		s.at++
	}
}

func (s *scanner) take(c byte) bool {
	s.space()
	if s.at < len(s.data) && s.data[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) end() error {
	if s.space(); s.at < len(s.data) {
		return s.fault("the end")
	}
	return nil
}

// value is the bytes of the next one; nil where there is none.
func (s *scanner) value() []byte {
	s.space()
	from, depth := s.at, 0
	for s.at < len(s.data) {
		switch c := s.data[s.at]; c {
		case '"':
			if !s.skipText() {
				return nil
			}
		case '{', '[':
			depth++
			s.at++
		case '}', ']', ',', ':', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return s.since(from)
			}
			if c == '}' || c == ']' {
				depth--
			}
			s.at++
		default:
			s.at++
			continue
		}
		if depth == 0 {
			break
		}
	}
	if depth > 0 {
		return nil
	}
	return s.since(from)
}

func (s *scanner) since(from int) []byte {
	if s.at == from {
		return nil
	}
	return s.data[from:s.at:s.at]
}

// skipText passes a text that begins at the scanner's place.
func (s *scanner) skipText() bool {
	from := s.at + 1
	for at := from; ; at++ {
		quote := bytes.IndexByte(s.data[min(at, len(s.data)):], '"')
		if quote < 0 {
			s.at = len(s.data)
			return false
		}
		at += quote
		escapes := 0
		for at-escapes > from && s.data[at-escapes-1] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			s.at = at + 1
			return true
		}
	}
}

const (
	maxExact   = 1 << 53
	wideDigits = 16
)

// eachInteger calls found with where each whole number outside of texts stands.
func eachInteger(written []byte, found func(from, to int) bool) {
	for at := 0; at < len(written); {
		switch c := written[at]; {
		case c == '"':
			s := scanner{data: written, at: at}
			s.skipText()
			at = s.at
		case c == '-' || '0' <= c && c <= '9':
			from, whole := at, true
			for at++; at < len(written); at++ {
				if c := written[at]; c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-' {
					whole = false
				} else if c < '0' || c > '9' {
					break
				}
			}
			if whole && !found(from, at) {
				return
			}
		default:
			at++
		}
	}
}

// holdsWide is quick: most results hold no number of that length.
func holdsWide(written []byte) bool {
	wide := false
	eachInteger(written, func(from, to int) bool {
		wide = to-from >= wideDigits
		return !wide
	})
	return wide
}

// collectWide finds integers beyond ±2^53; a float of the same digits stays a number.
func collectWide(v reflect.Value, wide map[string]bool) {
	if v.IsValid() && v.Type().Implements(reflect.TypeFor[json.Marshaler]()) {
		return
	}
	switch v.Kind() {
	case reflect.Int, reflect.Int64:
		if i := v.Int(); i > maxExact || i < -maxExact {
			wide[strconv.FormatInt(i, 10)] = true
		}
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		if u := v.Uint(); u > maxExact {
			wide[strconv.FormatUint(u, 10)] = true
		}
	case reflect.String:
		if number, is := v.Interface().(json.Number); is {
			collectWide(reflect.ValueOf(integerOf(number)), wide)
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			collectWide(v.Elem(), wide)
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		for i := range v.Len() {
			collectWide(v.Index(i), wide)
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			collectWide(entries.Value(), wide)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			// What is not written may lead back here.
			if field := v.Type().Field(i); field.IsExported() && field.Tag.Get("json") != "-" {
				collectWide(v.Field(i), wide)
			}
		}
	}
}

func integerOf(number json.Number) any {
	if i, err := strconv.ParseInt(string(number), 10, 64); err == nil {
		return i
	}
	u, _ := strconv.ParseUint(string(number), 10, 64)
	return u
}

func quoteWide(written []byte, wide map[string]bool) []byte {
	out := make([]byte, 0, len(written)+2*len(wide))
	last := 0
	eachInteger(written, func(from, to int) bool {
		if to-from >= wideDigits && wide[string(written[from:to])] {
			out = append(out, written[last:from]...)
			out = append(out, '"')
			out = append(out, written[from:to]...)
			out = append(out, '"')
			last = to
		}
		return true
	})
	return append(out, written[last:]...)
}
