package piece

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// read fills a struct with the values of its properties, defaults where there is none. The host has checked and converted
// them before; what is checked here again is what a function of the piece must be able to rely on.
func (f *form) read(encoding Encoding, given map[string][]byte, path string, into reflect.Value, violations *[]violation) {
	for i := range f.fields {
		field := &f.fields[i]
		if field.prop.Type == MarkdownText {
			continue
		}
		at := path + "." + field.prop.Name
		target := into.FieldByIndex(field.index)
		raw, some := given[field.prop.Name]
		switch {
		case some && field.items != nil:
			field.readItems(encoding, raw, at, target, violations)
		case some:
			if words := field.readValue(encoding, raw, target); words != "" {
				*violations = append(*violations, violation{at, words})
			}
		case field.fallback != nil:
			_ = json.Unmarshal(field.fallback, target.Addr().Interface())
		case field.prop.Required:
			*violations = append(*violations, violation{at, "is required"})
		}
	}
}

func (field *formField) readItems(encoding Encoding, raw []byte, at string, target reflect.Value, violations *[]violation) {
	items, err := encoding.Items(raw)
	if err != nil {
		*violations = append(*violations, violation{at, "must be a list"})
		return
	}
	for target.Kind() == reflect.Pointer {
		target.Set(reflect.New(target.Type().Elem()))
		target = target.Elem()
	}
	list := reflect.MakeSlice(target.Type(), len(items), len(items))
	for i, item := range items {
		place := at + "[" + strconv.Itoa(i) + "]"
		given, err := encoding.Fields(item)
		if err != nil {
			*violations = append(*violations, violation{place, "must be an object"})
			continue
		}
		one := list.Index(i)
		for one.Kind() == reflect.Pointer {
			one.Set(reflect.New(one.Type().Elem()))
			one = one.Elem()
		}
		field.items.read(encoding, given, place, one, violations)
	}
	target.Set(list)
}

// What a value of each type must be, for messages; types without a row take anything.
var expected = map[Type]string{
	ShortText: "text", LongText: "text", RichText: "text", DateTime: "text", Color: "text", secretTextType: "text",
	Number: "a number", Checkbox: "true or false", FileType: "a file", DateRangeType: "an object", Object: "an object",
	DynamicProperties: "an object", Array: "a list", StaticMultiSelect: "a list", DynamicMultiSelect: "a list",
}

// readValue answers with what is wrong, in words; empty: nothing is.
func (field *formField) readValue(encoding Encoding, raw []byte, target reflect.Value) string {
	into := target.Addr().Interface()
	err := encoding.Unmarshal(raw, into)
	if err != nil && field.prop.Type == Number {
		err = readNumberText(encoding, raw, into)
	}
	if err == nil {
		if file, is := indirectValue(target).Interface().(File); is && file.Reference == "" {
			return "must be a file"
		}
		return ""
	}
	var number float64
	if field.prop.Type == Number && encoding.Unmarshal(raw, &number) == nil {
		return "must be a number that fits " + indirect(target.Type()).String()
	}
	if words, known := expected[field.prop.Type]; known {
		return "must be " + words
	}
	return "must fit " + target.Type().String()
}

func indirectValue(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	return v
}

// Numbers arrive as text from forms, and where a double does not hold them.
func readNumberText(encoding Encoding, raw []byte, into any) error {
	var text string
	if err := encoding.Unmarshal(raw, &text); err != nil {
		return err
	}
	return json.Unmarshal([]byte(strings.TrimSpace(text)), into)
}
