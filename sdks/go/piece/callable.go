package piece

import (
	"encoding/json"
	"reflect"

	"github.com/ap-wasm/piece-go/internal/abi"
)

// Spec is what people and agents read of an action or trigger.
type Spec struct {
	Title       string
	Description string
	// NoAuth: it works without a connection, though the piece has one.
	NoAuth bool
	// OutputSchema shows a result in a form.
	OutputSchema *OutputSchema
	// OutputJSONSchema is the JSON Schema of a result, as a value that encodes to it.
	OutputJSONSchema any
	// SampleOutput is a result to show.
	SampleOutput any
	// SampleData is an item to show; for triggers.
	SampleData any
	// Audience says who it is offered to; both unless said.
	Audience Audience
	// AI is what a language model should know about it.
	AI *AI
	// ErrorHandling is what a flow offers when an action fails.
	ErrorHandling *ErrorHandling
}

// Audience says who an action is offered to.
type Audience string

// Who an action is offered to.
const (
	ForHumans Audience = "human"
	ForAI     Audience = "ai"
	ForBoth   Audience = "both"
)

// AI is what a language model should know about an action.
type AI struct {
	Description string `json:"description,omitempty"`
	// Idempotent: doing it twice does no more than doing it once.
	Idempotent bool `json:"idempotent,omitempty"`
}

// ErrorHandling is what a flow offers when an action fails.
type ErrorHandling struct {
	RetryOnFailure    Toggle `json:"retryOnFailure,omitzero"`
	ContinueOnFailure Toggle `json:"continueOnFailure,omitzero"`
}

// Toggle is a switch of a form.
type Toggle struct {
	Default bool `json:"defaultValue,omitempty"`
	Hide    bool `json:"hide,omitempty"`
}

// OutputSchema shows a result in a form.
type OutputSchema struct {
	Fields    []OutputField `json:"fields"`
	ItemLabel string        `json:"itemLabel,omitempty"`
}

// OutputField is one field of a result.
type OutputField struct {
	Key         string        `json:"key"`
	Label       string        `json:"label,omitempty"`
	Value       string        `json:"value,omitempty"`
	Format      string        `json:"format,omitempty"`
	Description string        `json:"description,omitempty"`
	DynamicKey  bool          `json:"dynamicKey,omitempty"`
	LabelKey    string        `json:"labelKey,omitempty"`
	Currency    string        `json:"currency,omitempty"`
	Children    []OutputField `json:"children,omitempty"`
	ListItems   []OutputField `json:"listItems,omitempty"`
}

// callable is an action or a trigger.
type callable struct {
	name string
	spec Spec
	form *form
	// run is an action's; it returns the result.
	run func(*Context, reflect.Value) (any, error)
	// trigger is a trigger's.
	trigger *trigger
	// place is where its function begins, for errors that say nothing of theirs.
	place place
}

func (c *callable) requiresAuth() bool { return defined.hasAuth() && !c.spec.NoAuth }

// isName is the contract's rule, /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.
func isName(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return name != "" && len(name) <= 64
}

const nameWords = "is no name: a letter or _, then up to 63 letters, digits, _ or -"

func add(list *[]*callable, kind string, c *callable) {
	where := kind + " " + c.name
	if !isName(c.name) {
		defined.problem(kind, `"`+c.name+`" `+nameWords)
	}
	for _, other := range *list {
		if other.name == c.name {
			defined.problem(where, "there are two of that name")
		}
	}
	if c.spec.Title == "" {
		defined.problem(where, "has no Title")
	}
	for _, problem := range c.form.problems() {
		defined.problem(where, problem)
	}
	*list = append(*list, c)
}

// Action defines an action. The fields of In are its properties (see Prop); what run returns is its result, an error its
// failure. Out is encoded by its json tags.
func Action[In, Out any](name string, spec Spec, run func(ctx *Context, in In) (Out, error)) {
	add(&defined.actions, "action", &callable{
		name:  name,
		spec:  spec,
		form:  formOf(reflect.TypeFor[In](), inProps),
		place: placeOfFunc(run),
		run: func(ctx *Context, in reflect.Value) (any, error) {
			out, err := run(ctx, *in.Addr().Interface().(*In))
			if err != nil {
				return nil, err
			}
			return out, nil
		},
	})
	warm[Out]()
}

// warm lets the encoder learn a type while the piece starts; calls find it known.
func warm[T any]() {
	defer func() { _ = recover() }()
	if defined.encoding() == JSON {
		var zero T
		_, _ = json.Marshal(zero)
	}
}

func find(list []*callable, name string) *callable {
	for _, c := range list {
		if c.name == name {
			return c
		}
	}
	return nil
}

func handleAction(name string, input []byte) ([]byte, *abi.Failure) {
	action := find(defined.actions, name)
	if action == nil {
		return nil, failureOf(&Error{Code: "unknown_action", Message: `the piece has no action "` + name + `"`}, place{})
	}
	return call(action.place, input, func(ctx *Context, in *callInput) (any, error) {
		if err := in.needAuth(action); err != nil {
			return nil, err
		}
		props, err := in.readProps(action.form)
		if err != nil {
			return nil, err
		}
		return action.run(ctx, props)
	})
}
