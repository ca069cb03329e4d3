package piece

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

// vector is one of test/conformance/payloads.json.
type vector struct {
	Name     string          `json:"name"`
	Value    json.RawMessage `json:"value"`
	JSON     *string         `json:"json"`
	FromJSON json.RawMessage `json:"fromJson"`
}

func vectors(t *testing.T) map[string][]vector {
	t.Helper()
	text, err := os.ReadFile("../../../test/conformance/payloads.json")
	if os.IsNotExist(err) {
		t.Skip("the golden vectors are in the repository, not in the module")
	}
	var all struct{ Values, Accepted, Refused []vector }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return map[string][]vector{"values": all.Values, "accepted": all.Accepted, "refused": all.Refused}
}

// real is a value of the vectors with {"$bytes"} and {"$int"} as what they stand for.
func real(t *testing.T, raw json.RawMessage) any {
	t.Helper()
	var text string
	var object map[string]json.RawMessage
	var list []json.RawMessage
	switch {
	case json.Unmarshal(raw, &object) == nil && object != nil:
		if bytes, is := object["$bytes"]; is {
			var content []byte
			must(t, json.Unmarshal(bytes, &content))
			return content
		}
		if digits, is := object["$int"]; is {
			must(t, json.Unmarshal(digits, &text))
			return integerOf(json.Number(text))
		}
		value := map[string]any{}
		for name, field := range object {
			value[name] = real(t, field)
		}
		return value
	case json.Unmarshal(raw, &list) == nil && list != nil:
		value := []any{}
		for _, item := range list {
			value = append(value, real(t, item))
		}
		return value
	}
	var value any
	must(t, json.Unmarshal(raw, &value))
	return value
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func parsed(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	must(t, json.Unmarshal(text, &value))
	return value
}

func TestGoldenJSON(t *testing.T) {
	for _, v := range vectors(t)["values"] {
		t.Run(v.Name, func(t *testing.T) {
			var decoded any
			must(t, JSON.Unmarshal([]byte(*v.JSON), &decoded))
			value := decoded
			if v.Value != nil {
				value = real(t, v.Value)
			}
			wanted := value
			if v.FromJSON != nil {
				wanted = parsed(t, v.FromJSON)
			}
			if !reflect.DeepEqual(decoded, wanted) {
				t.Errorf("decoded %#v, wanted %#v", decoded, wanted)
			}
			written, err := JSON.Marshal(value)
			must(t, err)
			if !reflect.DeepEqual(parsed(t, written), parsed(t, []byte(*v.JSON))) {
				t.Errorf("wrote %s, wanted %s", written, *v.JSON)
			}
		})
	}
}

func TestJSONTakesApartWhatItReads(t *testing.T) {
	for _, v := range append(vectors(t)["values"], vectors(t)["accepted"]...) {
		if v.JSON == nil {
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			fields, err := JSON.Fields([]byte(`{"a":` + *v.JSON + `, "b" : [` + *v.JSON + `,1]}`))
			must(t, err)
			null := strings.TrimSpace(*v.JSON) == "null"
			if _, given := fields["a"]; given == null {
				t.Errorf("a is given: %v", given)
			}
			if !null && !reflect.DeepEqual(parsed(t, fields["a"]), parsed(t, []byte(*v.JSON))) {
				t.Errorf("a is %s", fields["a"])
			}
			items, err := JSON.Items(fields["b"])
			must(t, err)
			if len(items) != 2 || string(items[1]) != "1" {
				t.Errorf("b is %s", items)
			}
		})
	}
}

func TestJSONRefuses(t *testing.T) {
	for _, text := range []string{"", " ", "[]", "1", "null", "{", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,}`, `{"a" 1}`, `{a:1}`, `{"a":1}x`, `{"a":[}`, `{"a":"x}`, `{1:2}`, `{,}`} {
		if fields, err := JSON.Fields([]byte(text)); err == nil {
			t.Errorf("%q is an object of %q", text, fields)
		}
	}
	for _, text := range []string{"", "{}", "1", "[", "[1", "[1,", "[,]", "[1 2]", "[1]x", `["x]`} {
		if items, err := JSON.Items([]byte(text)); err == nil {
			t.Errorf("%q is a list of %q", text, items)
		}
	}
}

type meter int64

func (m meter) MarshalJSON() ([]byte, error) { return []byte(`"many"`), nil }

func TestJSONWritesIntegersThatADoubleDoesNotHold(t *testing.T) {
	type hidden struct {
		Name   string `json:"name"`
		parent *hidden
		Also   *hidden `json:"-"`
		N      uint64  `json:"n"`
	}
	loop := &hidden{Name: "9007199254740993", N: 1<<63 + 1}
	loop.parent, loop.Also = loop, loop
	for _, c := range []struct {
		value any
		want  string
	}{
		{[]any{int64(1<<53 + 1), float64(1 << 60), 1<<53 - 1}, `["9007199254740993",1152921504606847000,9007199254740991]`},
		{loop, `{"name":"9007199254740993","n":"9223372036854775809"}`},
		{map[string]any{"a": json.Number("9007199254740993"), "b": json.Number("1.5")}, `{"a":"9007199254740993","b":1.5}`},
		{[]any{meter(1 << 60), int64(-1 << 60), "<b>"}, `["many","-1152921504606846976","<b>"]`},
	} {
		written, err := JSON.Marshal(c.value)
		if err != nil || string(written) != c.want {
			t.Errorf("wrote %s (%v), wanted %s", written, err, c.want)
		}
	}
}

func TestJSONCannotSay(t *testing.T) {
	type node struct {
		Next *node `json:"next"`
	}
	loop := &node{}
	loop.Next = loop
	zero := 0.0
	for name, value := range map[string]any{"a function": func() {}, "a circle": loop, "a channel": make(chan int), "NaN": zero / zero} {
		if _, err := JSON.Marshal(value); err == nil || !strings.Contains(err.Error(), "cannot be written as JSON") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
