package piece

import (
	"errors"
	"strings"

	"github.com/ap-wasm/piece-go/internal/abi"
)

func unknownPath(path string) error {
	return &Error{Code: "unknown_path", Message: `there is nothing to resolve at "` + path + `"`}
}

// handleResolve computes what surrounds a call: options of dropdowns, dynamic properties, checks of a connection, an app's
// events.
func handleResolve(path string, input []byte) ([]byte, *abi.Failure) {
	return call(place{}, input, func(ctx *Context, in *callInput) (any, error) {
		switch path {
		case "auth/validate", "auth/identifier", "auth/refresh":
			return resolveAuth(path, ctx)
		case "events/parse", "events/verify":
			return resolveEvents(path, ctx, in)
		}
		steps := strings.Split(path, "/")
		var found *callable
		switch {
		case len(steps) < 4 || steps[2] != "props":
		case steps[0] == "actions":
			found = find(defined.actions, steps[1])
		case steps[0] == "triggers":
			found = find(defined.triggers, steps[1])
		}
		if found == nil {
			return nil, unknownPath(path)
		}
		return found.form.resolve(path, steps[3:], ctx, queryOf(in))
	})
}

func queryOf(in *callInput) Query {
	query := Query{Search: in.text("searchValue"), encoding: in.encoding}
	if raw, given := in.parts["props"]; given {
		query.props, _ = in.encoding.Fields(raw)
	}
	return query
}

// resolve walks <property>, <dynamic>/<inner> or <array>/items/<inner>.
func (f *form) resolve(path string, steps []string, ctx *Context, query Query) (any, error) {
	field := f.field(steps[0])
	if field == nil {
		return nil, unknownPath(path)
	}
	if field.items != nil && len(steps) > 2 && steps[1] == "items" {
		return field.items.resolve(path, steps[2:], ctx, query)
	}
	return field.prop.resolve(path, steps[1:], ctx, query)
}

func (p Prop) resolve(path string, steps []string, ctx *Context, query Query) (any, error) {
	if len(steps) == 0 {
		return p.compute(path, ctx, query)
	}
	var inner []Prop
	switch {
	case p.Dynamic != nil:
		computed, err := p.Dynamic(ctx, query)
		if err != nil {
			return nil, err
		}
		inner = computed
	case p.Items != nil && steps[0] == "items" && len(steps) > 1:
		inner, steps = p.Items, steps[1:]
	}
	for _, one := range inner {
		if one.Name == steps[0] {
			return one.resolve(path, steps[1:], ctx, query)
		}
	}
	return nil, unknownPath(path)
}

func (p Prop) compute(path string, ctx *Context, query Query) (any, error) {
	if p.Dynamic != nil {
		inner, err := p.Dynamic(ctx, query)
		if err != nil {
			return nil, err
		}
		return object{}.put("props", describeList(inner)), nil
	}
	if p.Options == nil {
		return nil, unknownPath(path)
	}
	dropdown, err := p.Options(ctx, query)
	if err != nil {
		return nil, err
	}
	if dropdown.Options == nil {
		dropdown.Options = []Option{}
	}
	return dropdown, nil
}

func resolveAuth(path string, ctx *Context) (any, error) {
	auth, err := authOf(ctx.Auth)
	if err != nil {
		return nil, err
	}
	switch {
	case path == "auth/validate":
		if auth.validate == nil {
			return map[string]any{"valid": true}, nil
		}
		err := auth.validate(ctx)
		var refused *invalid
		if errors.As(err, &refused) {
			return map[string]any{"valid": false, "error": refused.message}, nil
		}
		return map[string]any{"valid": true}, err
	case path == "auth/identifier" && auth.identifier != nil:
		return auth.identifier(ctx)
	case path == "auth/refresh" && auth.refresh != nil:
		return auth.refresh(ctx)
	}
	return nil, unknownPath(path)
}

func resolveEvents(path string, ctx *Context, in *callInput) (any, error) {
	events := defined.info.Events
	switch {
	case events == nil:
		return nil, unknownPath(path)
	case path == "events/verify" && events.Verify != nil:
		return events.Verify(ctx, ctx.Payload, in.text("secret"))
	case path == "events/parse" && events.Parse != nil:
		event, err := events.Parse(ctx, ctx.Payload)
		if err != nil {
			return nil, err
		}
		if event.Reply != nil {
			return map[string]any{"reply": withStatus(*event.Reply)}, nil
		}
		return map[string]any{"event": event.Name, "identifierValue": event.Identifier}, nil
	}
	return nil, unknownPath(path)
}
