package piece

// Type is the kind of a property.
type Type string

// The kinds of properties, with the Go types of their values.
const (
	ShortText          Type = "SHORT_TEXT"                   // string
	LongText           Type = "LONG_TEXT"                    // string
	RichText           Type = "RICH_TEXT"                    // string
	MarkdownText       Type = "MARKDOWN"                     // Markdown: a text to read, without a value
	Number             Type = "NUMBER"                       // any integer or float
	Checkbox           Type = "CHECKBOX"                     // bool
	DateTime           Type = "DATE_TIME"                    // time.Time, or string for the ISO 8601 text
	DateRangeType      Type = "DATE_RANGE"                   // DateRange
	Color              Type = "COLOR"                        // string
	FileType           Type = "FILE"                         // File
	AnyJSON            Type = "JSON"                         // any, or what the JSON decodes into
	Object             Type = "OBJECT"                       // map[string]any, or a struct
	Array              Type = "ARRAY"                        // a slice; of structs: each item is a form of its own
	StaticDropdown     Type = "STATIC_DROPDOWN"              // what the values of the options decode into
	StaticMultiSelect  Type = "STATIC_MULTI_SELECT_DROPDOWN" // a slice of it
	DynamicDropdown    Type = "DROPDOWN"                     // what the values of the options decode into
	DynamicMultiSelect Type = "MULTI_SELECT_DROPDOWN"        // a slice of it
	DynamicProperties  Type = "DYNAMIC"                      // map[string]any
	secretTextType     Type = "SECRET_TEXT"                  // Secret: in a connection alone
)

// Prop is one property of an action, a trigger or a connection. A field of their struct is one: its name is that of its
// json tag, its type follows from the field's, and the tags `ap` and `doc` say the rest:
//
//	City string `json:"city" ap:"title=City,required,default=Rome" doc:"Where, as the map calls it."`
//
// `ap` holds, parted by commas: title=, type=, required, default= (a text, or JSON where the field is no text), choices=
// (values parted by |, each with its label after a colon: choices=f:Fast|s:Slow), refreshers= (names parted by |), search
// (options depend on what the user types), variant= (of a Markdown). `doc` is the description. What is too long for a tag
// is said by a method of the struct, by name:
//
//	func (Forecast) Props() piece.Props {
//		return piece.Props{"city": {Options: cities, Refreshers: []string{"country"}}}
//	}
type Prop struct {
	// Name is needed only in a list of properties; elsewhere the field has it.
	Name string
	// Type follows from the field unless said.
	Type        Type
	Title       string
	Description string
	// Required: without a value or default the call is refused. A field that is not required is left as it is: use a
	// pointer to tell "none" from zero.
	Required bool
	// Default is encoded as JSON.
	Default any
	// Choices make it a static dropdown; of a slice, one of several.
	Choices []Option
	// Options make it a dropdown whose options are computed.
	Options func(ctx *Context, query Query) (Dropdown, error)
	// Dynamic makes it stand for properties that are computed.
	Dynamic func(ctx *Context, query Query) ([]Prop, error)
	// Refreshers are properties ("auth" is the connection) whose change computes options or properties anew.
	Refreshers []string
	// RefreshOnSearch: so does what the user types.
	RefreshOnSearch bool
	// Items are the properties of an ARRAY's objects; a slice of structs has them already.
	Items []Prop
	// Variant of a Markdown: INFO, WARNING, TIP or BORDERLESS.
	Variant string
}

// Props says by name what the tags of a struct do not: the result of its method of that name.
type Props map[string]Prop

// Option is one of a dropdown.
type Option struct {
	Label string `json:"label"`
	Value any    `json:"value"`
}

// Dropdown is what a dropdown shows: its options, or why it has none.
type Dropdown struct {
	Options     []Option `json:"options"`
	Disabled    bool     `json:"disabled,omitempty"`
	Placeholder string   `json:"placeholder,omitempty"`
}

// Query is the form while it is filled in. The connection is in the context; its Type is empty while there is none.
type Query struct {
	// Search is what the user typed, for a dropdown with RefreshOnSearch.
	Search string

	encoding Encoding
	props    map[string][]byte
}

// Value decodes what another property holds so far; given is false, and into unchanged, where it holds nothing.
func (q Query) Value(name string, into any) (given bool, err error) {
	raw, given := q.props[name]
	if !given {
		return false, nil
	}
	return true, q.encoding.Unmarshal(raw, into)
}

// Markdown is a field without a value: its description is a text of the form itself.
type Markdown struct{}

// Secret is a text of a connection that is never shown again.
type Secret string

// DateRange is a span of time: a named one, or its ends as ISO 8601 texts.
type DateRange struct {
	// Preset is any_time, last_24_hours, last_7_days, last_30_days, last_90_days, this_month or custom.
	Preset string `json:"preset,omitempty"`
	After  string `json:"after,omitempty"`
	Before string `json:"before,omitempty"`
}

// Chooser is a type whose values are fixed: a field of it is a static dropdown.
//
//	type Order string
//
//	func (Order) Choices() []piece.Option {
//		return []piece.Option{{Label: "Newest first", Value: "new"}, {Label: "Oldest first", Value: "old"}}
//	}
type Chooser interface{ Choices() []Option }
