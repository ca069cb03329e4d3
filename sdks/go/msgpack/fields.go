package msgpack

import (
	"reflect"
	"strings"
	"sync"
)

// field is one of a struct, as encoding/json would name it.
type field struct {
	name      string
	index     []int
	omitEmpty bool
	omitZero  bool
	quoted    bool
}

var known sync.Map // reflect.Type → []field

func fieldsOf(t reflect.Type) []field {
	if fields, found := known.Load(t); found {
		return fields.([]field)
	}
	var fields []field
	for _, f := range reflect.VisibleFields(t) {
		tag := f.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		embedded := f.Anonymous && name == "" && indirect(f.Type).Kind() == reflect.Struct
		if !f.IsExported() || tag == "-" || embedded || hidden(t, f.Index) {
			continue
		}
		if name == "" {
			name = f.Name
		}
		fields = append(fields, field{
			name, f.Index, hasOption(options, "omitempty"), hasOption(options, "omitzero"), hasOption(options, "string"),
		})
	}
	known.Store(t, fields)
	return fields
}

func hasOption(options, name string) bool {
	for option := range strings.SplitSeq(options, ",") {
		if option == name {
			return true
		}
	}
	return false
}

// hidden: below an embedded struct that has a name of its own, and so is a field itself.
func hidden(t reflect.Type, index []int) bool {
	for i := 1; i < len(index); i++ {
		f := t.FieldByIndex(index[:i])
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			return true
		}
	}
	return false
}

func indirect(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// isEmpty is encoding/json's rule for omitempty.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}
