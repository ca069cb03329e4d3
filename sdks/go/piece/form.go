package piece

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// form is the properties of a struct, in their order.
type form struct {
	of     reflect.Type
	fields []formField
	faults []string
}

type formField struct {
	index []int
	prop  Prop
	// fallback is the default as JSON; nil without one.
	fallback json.RawMessage
	// items is the form of an ARRAY's structs.
	items *form
}

// where says whose properties they are: connections have secrets, items of a list have no list in them.
type where int

const (
	inProps where = iota
	inItems
	inAuth
)

// problems are all faults of the declaration, in the author's terms.
func (f *form) problems() []string {
	faults := f.faults
	for _, field := range f.fields {
		if field.items != nil {
			for _, fault := range field.items.problems() {
				faults = append(faults, field.prop.Name+": "+fault)
			}
		}
	}
	return faults
}

func (f *form) fault(field reflect.StructField, format string, args ...any) {
	f.faults = append(f.faults, f.name()+"."+field.Name+": "+fmt.Sprintf(format, args...))
}

// name is that of the type, as its author calls it.
func (f *form) name() string {
	if name := f.of.Name(); name != "" {
		return name
	}
	return "struct"
}

func (f *form) field(name string) *formField {
	for i := range f.fields {
		if f.fields[i].prop.Name == name {
			return &f.fields[i]
		}
	}
	return nil
}

func formOf(t reflect.Type, at where) *form {
	f := &form{of: t}
	if t.Kind() != reflect.Struct {
		f.faults = append(f.faults, "its properties must be the fields of a struct; "+t.String()+" is none")
		return f
	}
	said := Props{}
	if teller, tells := reflect.New(t).Interface().(interface{ Props() Props }); tells {
		said = teller.Props()
	}
	for _, field := range reflect.VisibleFields(t) {
		if field.Anonymous && field.Type.Kind() == reflect.Pointer {
			f.fault(field, "embed the struct itself, not a pointer to it")
			return f
		}
		if name, kept := fieldName(field); kept {
			f.add(field, name, said[name], at)
		}
	}
	for name := range said {
		if f.field(name) == nil {
			f.faults = append(f.faults, f.name()+".Props: there is no field with the name \""+name+"\"")
		}
	}
	f.checkRefreshers()
	return f
}

// fieldName is the name in its json tag; embedded structs give their fields.
func fieldName(field reflect.StructField) (name string, kept bool) {
	tag := field.Tag.Get("json")
	name, _, _ = strings.Cut(tag, ",")
	embedded := field.Anonymous && field.Type.Kind() == reflect.Struct && name == ""
	if !field.IsExported() || tag == "-" || embedded {
		return "", false
	}
	if name == "" {
		name = field.Name
	}
	return name, true
}

func (f *form) add(field reflect.StructField, name string, said Prop, at where) {
	prop := Prop{Name: name}
	fallback, hasFallback := f.readTag(field, &prop)
	merge(&prop, said)
	if !isName(name) {
		f.fault(field, "%q %s", name, nameWords)
	}
	if name == "auth" && at == inProps {
		f.fault(field, "the name auth is reserved for the connection")
	}
	if prop.Choices == nil {
		prop.Choices = choicesOf(field.Type)
	}
	kind := kindOf(field.Type, prop)
	if prop.Type == "" {
		prop.Type = kind
	}
	if prop.Title == "" {
		prop.Title = field.Name
		if prop.Type == MarkdownText {
			prop.Title = "Markdown"
		}
	}
	if prop.Type == MarkdownText {
		prop.Required = false
		if prop.Variant == "" {
			prop.Variant = "INFO"
		}
	}
	if prop.Type == "" || !standsIn(prop.Type, at) {
		f.fault(field, "a field of type %s cannot be a property here", field.Type)
	}
	added := formField{index: field.Index, prop: prop}
	if prop.Default != nil {
		encoded, err := json.Marshal(prop.Default)
		if err != nil {
			f.fault(field, "its default cannot be encoded: %v", err)
		}
		added.fallback = encoded
	} else if hasFallback {
		added.fallback = fallbackOf(field.Type, fallback)
	}
	if added.fallback != nil && prop.Type != FileType {
		if err := json.Unmarshal(added.fallback, reflect.New(field.Type).Interface()); err != nil {
			f.fault(field, "its default %s does not fit %s", added.fallback, field.Type)
		}
	}
	if prop.Type == Array && prop.Items == nil && at == inProps {
		if item := indirect(indirect(field.Type).Elem()); item.Kind() == reflect.Struct {
			added.items = formOf(item, inItems)
		}
	}
	f.fields = append(f.fields, added)
}

// readTag reads `ap` and `doc`; the default stays a text until the type is known.
func (f *form) readTag(field reflect.StructField, prop *Prop) (fallback string, hasFallback bool) {
	prop.Description = field.Tag.Get("doc")
	tag := field.Tag.Get("ap")
	if tag == "" {
		return "", false
	}
	for part := range strings.SplitSeq(tag, ",") {
		key, value, _ := strings.Cut(part, "=")
		switch strings.TrimSpace(key) {
		case "title":
			prop.Title = value
		case "type":
			prop.Type = Type(value)
		case "required":
			prop.Required = true
		case "default":
			fallback, hasFallback = value, true
		case "choices":
			for choice := range strings.SplitSeq(value, "|") {
				given, label, labelled := strings.Cut(choice, ":")
				if !labelled {
					label = given
				}
				prop.Choices = append(prop.Choices, Option{label, json.RawMessage(fallbackOf(elementOf(field.Type), given))})
			}
		case "refreshers":
			prop.Refreshers = strings.Split(value, "|")
		case "search":
			prop.RefreshOnSearch = true
		case "variant":
			prop.Variant = value
		default:
			f.fault(field, "its ap tag holds %q, which means nothing; a text with commas belongs into the doc tag", part)
		}
	}
	return fallback, hasFallback
}

// merge puts what the method Props says over what the tags say.
func merge(prop *Prop, said Prop) {
	name := prop.Name
	base, over := reflect.ValueOf(prop).Elem(), reflect.ValueOf(said)
	for i := range over.NumField() {
		if !over.Field(i).IsZero() {
			base.Field(i).Set(over.Field(i))
		}
	}
	prop.Name = name
}

// fallbackOf is a tag's text as JSON: a text for fields that hold one, else as it stands.
func fallbackOf(t reflect.Type, text string) json.RawMessage {
	t = indirect(t)
	if t.Kind() != reflect.String && t != reflect.TypeFor[time.Time]() && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	encoded, _ := json.Marshal(text)
	return encoded
}

func indirect(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

func elementOf(t reflect.Type) reflect.Type {
	if t = indirect(t); t.Kind() == reflect.Slice {
		return indirect(t.Elem())
	}
	return t
}

func choicesOf(t reflect.Type) []Option {
	if chooser, chooses := reflect.New(elementOf(t)).Interface().(Chooser); chooses {
		return chooser.Choices()
	}
	return nil
}

// kindOf is the property type that fits a Go type; empty: none does.
func kindOf(t reflect.Type, prop Prop) Type {
	t = indirect(t)
	several := t.Kind() == reflect.Slice
	switch {
	case prop.Dynamic != nil:
		return DynamicProperties
	case prop.Options != nil && several:
		return DynamicMultiSelect
	case prop.Options != nil:
		return DynamicDropdown
	case prop.Choices != nil && several:
		return StaticMultiSelect
	case prop.Choices != nil:
		return StaticDropdown
	}
	switch t {
	case reflect.TypeFor[Markdown]():
		return MarkdownText
	case reflect.TypeFor[File]():
		return FileType
	case reflect.TypeFor[DateRange]():
		return DateRangeType
	case reflect.TypeFor[time.Time]():
		return DateTime
	case reflect.TypeFor[Secret]():
		return secretTextType
	case reflect.TypeFor[json.RawMessage]():
		return AnyJSON
	}
	switch t.Kind() {
	case reflect.String:
		return ShortText
	case reflect.Bool:
		return Checkbox
	case reflect.Slice, reflect.Array:
		return Array
	case reflect.Struct, reflect.Map:
		return Object
	case reflect.Interface:
		return AnyJSON
	case reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128, reflect.Invalid:
		return ""
	}
	return Number
}

func standsIn(t Type, at where) bool {
	switch at {
	case inAuth:
		switch t {
		case secretTextType, ShortText, LongText, MarkdownText, Number, Checkbox, StaticDropdown, StaticMultiSelect:
			return true
		}
		return false
	case inItems:
		return t != secretTextType && t != Array && t != DynamicProperties
	}
	return t != secretTextType
}

func (f *form) checkRefreshers() {
	for _, field := range f.fields {
		for _, name := range field.prop.Refreshers {
			if name != "auth" && (f.field(name) == nil || name == field.prop.Name) {
				f.faults = append(f.faults, fmt.Sprintf("%s.%s: its refresher %q is neither auth nor another property", f.name(), field.prop.Name, name))
			}
		}
	}
}
