package piece

import (
	"reflect"

	"github.com/ap-wasm/piece-go/internal/abi"
)

// Kind says how a trigger learns of what happened: Webhook, AppWebhook, Manual, ByItem, ByTime or Poller.
type Kind interface{ trigger() *trigger }

// trigger is one with its hooks over any struct of properties.
type trigger struct {
	name                                  string
	in                                    reflect.Type
	onEnable, onDisable, onStart, onRenew hook
	onHandshake                           func(*Context, reflect.Value) (Response, error)
	run, test                             itemsHook
	handshake, renew                      object
	faults                                []string
	place                                 place
}

type hook func(*Context, reflect.Value) error

type itemsHook func(*Context, reflect.Value) (any, error)

// Trigger defines a trigger: what starts a flow.
func Trigger(name string, spec Spec, kind Kind) {
	t := kind.trigger()
	c := &callable{name: name, spec: spec, form: formOf(t.in, inProps), trigger: t, place: t.place}
	for _, fault := range t.faults {
		defined.problem("trigger "+name, fault)
	}
	add(&defined.triggers, "trigger", c)
}

// Hooks are the moments in the life of a trigger. In holds its properties (see Prop), Item is what starts a flow each.
type Hooks[In, Item any] struct {
	// OnEnable is called when a flow is switched on, OnDisable when it is switched off.
	OnEnable, OnDisable func(ctx *Context, in In) error
	// OnStart is called when an enabled flow may begin anew, after a restart of the platform.
	OnStart func(ctx *Context, in In) error
	// Run returns the items that start a flow each.
	Run func(ctx *Context, in In) ([]Item, error)
	// Test returns up to five items to show while the flow is built; without it Run does where that is of use.
	Test func(ctx *Context, in In) ([]Item, error)
}

func (h Hooks[In, Item]) trigger(name string) *trigger {
	t := &trigger{
		name: name, in: reflect.TypeFor[In](),
		onEnable: hookOf(h.OnEnable), onDisable: hookOf(h.OnDisable), onStart: hookOf(h.OnStart),
		run: itemsOf(h.Run), test: itemsOf(h.Test),
	}
	if h.Run == nil {
		t.faults = append(t.faults, "has no Run")
	} else {
		t.place = placeOfFunc(h.Run)
	}
	warm[[]Item]()
	return t
}

func hookOf[In any](f func(*Context, In) error) hook {
	if f == nil {
		return nil
	}
	return func(ctx *Context, in reflect.Value) error { return f(ctx, *in.Addr().Interface().(*In)) }
}

func itemsOf[In, Item any](f func(*Context, In) ([]Item, error)) itemsHook {
	if f == nil {
		return nil
	}
	return func(ctx *Context, in reflect.Value) (any, error) {
		items, err := f(ctx, *in.Addr().Interface().(*In))
		if err != nil {
			return nil, err
		}
		if items == nil {
			items = []Item{}
		}
		return items, nil
	}
}

// Poller is run on a schedule, and asks. ByItem and ByTime do its work in the usual cases.
type Poller[In, Item any] Hooks[In, Item]

func (p Poller[In, Item]) trigger() *trigger { return Hooks[In, Item](p).trigger("POLLING") }

// Manual is started by a person; its test shows SampleData.
type Manual[In, Item any] Hooks[In, Item]

func (m Manual[In, Item]) trigger() *trigger { return Hooks[In, Item](m).trigger("MANUAL") }

// Webhook has a URL of its own, which is called.
type Webhook[In, Item any] struct {
	Hooks[In, Item]
	// OnRenew is called by the cron expression Renew, for registrations that expire.
	OnRenew func(ctx *Context, in In) error
	Renew   string
	// OnHandshake answers the app's question whether the URL is ours; Handshake says how it asks.
	OnHandshake func(ctx *Context, in In) (Response, error)
	Handshake   Handshake
}

// Handshake says by what a webhook recognises that the app only asks whether the URL is ours.
type Handshake struct {
	// By is HeaderPresent, QueryPresent or BodyParamPresent; empty: there is no handshake.
	By    HandshakeBy
	Param string
}

// HandshakeBy is where the parameter of a handshake stands.
type HandshakeBy string

// Where the parameter of a handshake stands.
const (
	HeaderPresent    HandshakeBy = "HEADER_PRESENT"
	QueryPresent     HandshakeBy = "QUERY_PRESENT"
	BodyParamPresent HandshakeBy = "BODY_PARAM_PRESENT"
)

func (w Webhook[In, Item]) trigger() *trigger { return w.named("WEBHOOK") }

func (w Webhook[In, Item]) named(name string) *trigger {
	t := w.Hooks.trigger(name)
	t.onRenew = hookOf(w.OnRenew)
	if w.OnHandshake != nil {
		t.onHandshake = func(ctx *Context, in reflect.Value) (Response, error) {
			return w.OnHandshake(ctx, *in.Addr().Interface().(*In))
		}
	}
	if w.Handshake.By != "" {
		t.handshake = object{}.put("strategy", w.Handshake.By).putText("paramName", w.Handshake.Param)
	}
	if w.Renew != "" {
		t.renew = object{}.put("strategy", "CRON").put("cronExpression", w.Renew)
	}
	return t
}

// AppWebhook shares one URL of the whole app: Events of the piece say what a call of it means.
type AppWebhook[In, Item any] Webhook[In, Item]

func (a AppWebhook[In, Item]) trigger() *trigger { return Webhook[In, Item](a).named("APP_WEBHOOK") }

// testStrategy is Activepieces' rule: what can be tested by calling is, the rest waits for a real event.
func (c *callable) testStrategy() string {
	t := c.trigger
	if t.name == "POLLING" || t.name == "MANUAL" || t.test != nil || t.name == "APP_WEBHOOK" && c.spec.SampleData != nil {
		return "TEST_FUNCTION"
	}
	return "SIMULATION"
}

// At most so many items come out of a test.
const testItems = 5

func handleTrigger(name string, moment abi.Hook, input []byte) ([]byte, *abi.Failure) {
	c := find(defined.triggers, name)
	if c == nil {
		return nil, failureOf(&Error{Code: "unknown_trigger", Message: `the piece has no trigger "` + name + `"`}, place{})
	}
	return call(c.place, input, func(ctx *Context, in *callInput) (any, error) {
		if err := in.needAuth(c); err != nil {
			return nil, err
		}
		props, err := in.readProps(c.form)
		if err != nil {
			return nil, err
		}
		return c.at(moment, ctx, props)
	})
}

func (c *callable) at(moment abi.Hook, ctx *Context, props reflect.Value) (any, error) {
	t := c.trigger
	switch moment {
	case abi.OnEnable:
		return t.enable(t.onEnable, ctx, props)
	case abi.OnStart:
		return t.enable(t.onStart, ctx, props)
	case abi.OnRenew:
		return t.enable(t.onRenew, ctx, props)
	case abi.OnDisable:
		if t.onDisable == nil {
			return nil, nil
		}
		return nil, t.onDisable(ctx, props)
	case abi.Handshake:
		response := Response{Status: 200}
		if t.onHandshake == nil {
			return response, nil
		}
		response, err := t.onHandshake(ctx, props)
		return withStatus(response), err
	case abi.Test:
		return c.examples(ctx, props)
	}
	return t.run(ctx, props)
}

func withStatus(response Response) Response {
	if response.Status == 0 {
		response.Status = 200
	}
	return response
}

func (t *trigger) enable(h hook, ctx *Context, props reflect.Value) (any, error) {
	if h == nil {
		return nil, nil
	}
	if err := h(ctx, props); err != nil {
		return nil, err
	}
	return ctx.enabled.answer(), nil
}

// examples are items to show while the flow is built.
func (c *callable) examples(ctx *Context, props reflect.Value) (any, error) {
	t := c.trigger
	find := t.test
	if find == nil {
		if t.name == "MANUAL" {
			return []any{c.spec.SampleData}, nil
		}
		find = t.run
	}
	items, err := find(ctx, props)
	if err != nil {
		return nil, err
	}
	list := reflect.ValueOf(items)
	return list.Slice(0, min(list.Len(), testItems)).Interface(), nil
}
