package piece

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/ap-wasm/piece-go/internal/abi"
)

// object is a JSON object whose keys keep their order.
type object []member

type member struct {
	name  string
	value any
}

func (o object) put(name string, value any) object { return append(o, member{name, value}) }

func (o object) putText(name, value string) object {
	if value == "" {
		return o
	}
	return o.put(name, value)
}

// MarshalJSON writes the members as they were put.
func (o object) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		name, _ := json.Marshal(m.name)
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func (f *form) describe() object {
	described := object{}
	for _, field := range f.fields {
		described = described.put(field.prop.Name, field.describe())
	}
	return described
}

func (field *formField) describe() object {
	o := field.prop.describe()
	if field.fallback != nil {
		o = o.put("defaultValue", field.fallback)
	}
	if field.items != nil {
		o = o.put("properties", field.items.describe())
	}
	return o
}

// describe is the property without its default, which a field holds encoded.
func (p Prop) describe() object {
	o := object{}.put("type", p.Type).put("displayName", p.Title).putText("description", p.Description).
		put("required", p.Required)
	switch p.Type {
	case MarkdownText:
		o = o.put("variant", p.Variant)
	case StaticDropdown, StaticMultiSelect:
		o = o.put("options", object{}.put("options", p.Choices))
	case DynamicDropdown, DynamicMultiSelect, DynamicProperties:
		o = o.put("refreshers", append([]string{}, p.Refreshers...))
		if p.RefreshOnSearch {
			o = o.put("refreshOnSearch", true)
		}
	case Array:
		if p.Items != nil {
			o = o.put("properties", describeList(p.Items))
		}
	}
	return o
}

// describeList is a list of properties as a function of the author computed it.
func describeList(list []Prop) object {
	described := object{}
	for _, p := range list {
		p = p.complete()
		o := p.describe()
		if p.Default != nil {
			o = o.put("defaultValue", p.Default)
		}
		described = described.put(p.Name, o)
	}
	return described
}

// complete fills in what follows from the rest where there is no field.
func (p Prop) complete() Prop {
	if p.Title == "" {
		p.Title = p.Name
	}
	if p.Type == "" {
		switch {
		case p.Dynamic != nil:
			p.Type = DynamicProperties
		case p.Options != nil:
			p.Type = DynamicDropdown
		case p.Choices != nil:
			p.Type = StaticDropdown
		case p.Items != nil:
			p.Type = Array
		default:
			p.Type = ShortText
		}
	}
	return p
}

func (k authKind) describe() object {
	title := k.head.title
	if title == "" {
		title = "Connection"
	}
	o := object{}.put("type", k.name).put("displayName", title).putText("description", k.head.description).
		put("required", !k.head.optional)
	o = append(o, k.words...)
	if form := k.form(); form != nil {
		o = o.put("props", form.describe())
	}
	return o
}

func (c *callable) describe() object {
	o := object{}.put("displayName", c.spec.Title).put("description", c.spec.Description).
		put("props", c.form.describe()).put("requireAuth", c.requiresAuth())
	if c.spec.OutputSchema != nil {
		o = o.put("outputSchema", c.spec.OutputSchema)
	}
	if c.spec.OutputJSONSchema != nil {
		o = o.put("outputJsonSchema", c.spec.OutputJSONSchema)
	}
	if c.spec.SampleOutput != nil {
		o = o.put("sampleOutput", c.spec.SampleOutput)
	}
	o = o.putText("audience", string(c.spec.Audience))
	if c.spec.AI != nil {
		o = o.put("aiMetadata", c.spec.AI)
	}
	if t := c.trigger; t != nil {
		o = o.put("type", t.name).put("sampleData", c.spec.SampleData).put("testStrategy", c.testStrategy())
		if t.handshake != nil {
			o = o.put("handshakeConfiguration", t.handshake)
		}
		if t.renew != nil {
			o = o.put("renewConfiguration", t.renew)
		}
	} else if c.spec.ErrorHandling != nil {
		o = o.put("errorHandlingOptions", c.spec.ErrorHandling)
	}
	return o
}

func (d *definition) describe() object {
	callables := func(list []*callable) object {
		o := object{}
		for _, c := range list {
			o = o.put(c.name, c.describe())
		}
		return o
	}
	o := object{}.put("contract", "0.1").put("encoding", d.encoding().Name()).
		put("sdk", object{}.put("language", "go").put("version", Version)).
		put("displayName", d.info.Title).put("description", d.info.Description).putText("logoUrl", d.info.LogoURL).
		put("authors", append([]string{}, d.info.Authors...)).put("categories", append([]Category{}, d.info.Categories...))
	if d.hasAuth() {
		auth := []object{}
		for _, one := range d.info.Auth {
			auth = append(auth, one.kind().describe())
		}
		o = o.put("auth", auth)
	}
	return o.put("actions", callables(d.actions)).put("triggers", callables(d.triggers))
}

func handleDescribe() (string, *abi.Failure) {
	if !defined.defined {
		defined.problem("main", "piece.Define is not called")
	}
	if defined.problems != nil {
		return "", &abi.Failure{
			Code:    "invalid_definition",
			Message: "the piece is not defined right:\n  " + strings.Join(defined.problems, "\n  "),
		}
	}
	description, err := json.Marshal(defined.describe())
	if err != nil {
		return "", &abi.Failure{Code: "invalid_definition", Message: "the piece cannot be described: " + err.Error()}
	}
	return string(description), nil
}
