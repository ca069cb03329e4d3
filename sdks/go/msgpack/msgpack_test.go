package msgpack

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

type vector struct {
	Name    string          `json:"name"`
	Value   json.RawMessage `json:"value"`
	JSON    *string         `json:"json"`
	MsgPack *string         `json:"msgpack"`
}

func vectors(t *testing.T) (values, accepted, refused []vector) {
	t.Helper()
	text, err := os.ReadFile("../../../test/conformance/payloads.json")
	if os.IsNotExist(err) {
		t.Skip("the golden vectors are in the repository, not in the module")
	}
	var all struct{ Values, Accepted, Refused []vector }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all.Values, all.Accepted, all.Refused
}

// real decodes a value of the vectors, keys in their order as decoding gives them.
func real(t *testing.T, raw []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return meant(t, value)
}

func meant(t *testing.T, value any) any {
	t.Helper()
	switch v := value.(type) {
	case json.Number:
		if i, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return i
		}
		f, err := v.Float64()
		if err != nil {
			t.Fatal(err)
		}
		return f
	case []any:
		for i := range v {
			v[i] = meant(t, v[i])
		}
	case map[string]any:
		if text, is := v["$bytes"].(string); is {
			content, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			return content
		}
		if text, is := v["$int"].(string); is {
			if i, err := strconv.ParseInt(text, 10, 64); err == nil {
				return i
			}
			u, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return u
		}
		for name := range v {
			v[name] = meant(t, v[name])
		}
	}
	return value
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	content, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestGolden(t *testing.T) {
	values, _, _ := vectors(t)
	for _, v := range values {
		t.Run(v.Name, func(t *testing.T) {
			raw := []byte(v.Value)
			if raw == nil {
				raw = []byte(*v.JSON)
			}
			value := real(t, raw)
			wanted := unhex(t, *v.MsgPack)
			var decoded any
			if err := Encoding.Unmarshal(wanted, &decoded); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(decoded, value) {
				t.Errorf("decoded %#v, wanted %#v", decoded, value)
			}
			written, err := Encoding.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			// Maps of Go have no order: then the same value in the order of keys.
			if object, is := value.(map[string]any); is && len(object) > 1 {
				var again any
				if err := Encoding.Unmarshal(written, &again); err != nil || !reflect.DeepEqual(again, value) || len(written) != len(wanted) {
					t.Errorf("wrote %x (%v), wanted %x", written, err, wanted)
				}
			} else if !bytes.Equal(written, wanted) {
				t.Errorf("wrote %x, wanted %x", written, wanted)
			}
		})
	}
}

func TestAccepts(t *testing.T) {
	_, accepted, _ := vectors(t)
	for _, v := range accepted {
		if v.MsgPack == nil {
			continue
		}
		var decoded any
		if err := Encoding.Unmarshal(unhex(t, *v.MsgPack), &decoded); err != nil || !reflect.DeepEqual(decoded, real(t, v.Value)) {
			t.Errorf("%s: %#v (%v)", v.Name, decoded, err)
		}
	}
}

func TestRefuses(t *testing.T) {
	_, _, refused := vectors(t)
	for _, v := range refused {
		if v.MsgPack == nil {
			continue
		}
		var decoded any
		err := Encoding.Unmarshal(unhex(t, *v.MsgPack), &decoded)
		if err == nil || !strings.Contains(err.Error(), "not valid MessagePack") {
			t.Errorf("%s: %#v (%v)", v.Name, decoded, err)
		}
		for name, takeApart := range map[string]func([]byte) error{
			"fields": func(data []byte) error { _, err := Encoding.Fields(data); return err },
			"items":  func(data []byte) error { _, err := Encoding.Items(data); return err },
		} {
			if err := takeApart(unhex(t, *v.MsgPack)); err == nil && !strings.Contains(v.Name, "more than one") && !strings.Contains(v.Name, "duplicate") {
				t.Errorf("%s of %s were taken", name, v.Name)
			}
		}
	}
}

type color struct{ r, g, b byte }

func (c color) MarshalJSON() ([]byte, error)     { return []byte(`{"z":1,"a":[1.5,"x"]}`), nil }
func (c *color) UnmarshalJSON(text []byte) error { c.r = byte(len(text)); return nil }

type inner struct {
	Deep string `json:"deep,omitempty"`
}

type everything struct {
	Text    string           `json:"text"`
	Number  float64          `json:"number"`
	Small   int8             `json:"small"`
	Big     uint64           `json:"big"`
	Yes     bool             `json:"yes"`
	Bytes   []byte           `json:"bytes"`
	List    []int            `json:"list"`
	Array   [2]string        `json:"array"`
	Map     map[string]inner `json:"map"`
	Pointer *inner           `json:"pointer"`
	None    *inner           `json:"none"`
	When    time.Time        `json:"when"`
	Any     any              `json:"any"`
	Skipped string           `json:"-"`
	Empty   string           `json:"empty,omitempty"`
	Zero    time.Time        `json:"zero,omitzero"`
	Quoted  int              `json:"quoted,string"`
	hidden  int
	inner
}

func TestStructs(t *testing.T) {
	value := everything{
		Text: "ü", Number: 1.5, Small: -3, Big: math.MaxUint64, Yes: true, Bytes: []byte{1, 2}, List: []int{1, -70000},
		Array: [2]string{"a", "b"}, Map: map[string]inner{"k": {"v"}}, Pointer: &inner{"p"},
		When: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), Any: []any{int64(1), "x", nil}, inner: inner{"up"},
	}
	written, err := Encoding.Marshal(&value)
	if err != nil {
		t.Fatal(err)
	}
	var read everything
	fields, err := Encoding.Fields(written)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"-", "Skipped", "empty", "zero", "hidden", "none", "inner"} {
		if _, given := fields[name]; given {
			t.Errorf("%s was written", name)
		}
	}
	value.Quoted, read.Quoted = 0, 0
	delete(fields, "quoted")
	if err := Encoding.Unmarshal(bytes.Replace(written, []byte("\xa6quoted\xa10"), []byte("\xa6other_\xa10"), 1), &read); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read, value) {
		t.Errorf("read %+v, wrote %+v", read, value)
	}
}

func TestTypesThatSayWhatTheyAreInJSON(t *testing.T) {
	written, err := Encoding.Marshal([]any{color{}, &color{}, json.RawMessage(`[1,9007199254740993]`), json.Number("7")})
	if err != nil {
		t.Fatal(err)
	}
	want := "9482a17a01a16192cb3ff8000000000000a17882a17a01a16192cb3ff8000000000000a1789201cf002000000000000107"
	if hex.EncodeToString(written) != want {
		t.Errorf("wrote %x", written)
	}
	var read struct{ C color }
	if err := Encoding.Unmarshal(unhex(t, "81a14393010203"), &read); err != nil || read.C.r != 7 {
		t.Errorf("read %+v (%v)", read, err)
	}
}

func TestDoesNotFit(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		into any
	}{
		"text into a number":       {"a161", new(int)},
		"300 into int8":            {"cd012c", new(int8)},
		"-1 into uint":             {"ff", new(uint)},
		"1.5 into int":             {"cb3ff8000000000000", new(int)},
		"a list into a map":        {"90", new(map[string]int)},
		"an object into a list":    {"80", new([]int)},
		"a number into a text":     {"01", new(string)},
		"bytes into a text":        {"c40161", new(string)},
		"a text in a list of ints": {"91a161", new([]int)},
	} {
		if err := Encoding.Unmarshal(unhex(t, c.data), c.into); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestCannotSay(t *testing.T) {
	type node struct {
		Next *node `json:"next"`
	}
	loop := &node{}
	loop.Next = loop
	deep := any(0)
	for range 600 {
		deep = []any{deep}
	}
	type pointer *pointer
	var self pointer
	self = &self
	for name, value := range map[string]any{
		"NaN": math.NaN(), "infinity": []float64{math.Inf(-1)}, "a function": func() {}, "a circle": loop, "600 levels": deep,
		"a key that is none": map[float64]int{1: 1}, "pointers in a circle": self,
	} {
		if _, err := Encoding.Marshal(value); err == nil || !strings.Contains(err.Error(), "cannot be written as MessagePack") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if written, err := Encoding.Marshal("a\xffb"); err != nil || string(written) != "\xa5a\xef\xbf\xbdb" {
		t.Errorf("invalid UTF-8: %x (%v)", written, err)
	}
}
