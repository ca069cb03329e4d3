package piece

import (
	"bytes"
	"encoding/json"
	"time"
)

// What was seen is kept in the flow's store, the same in every SDK.
const (
	lastPoll = "lastPoll" // the newest moment, in milliseconds since 1970
	lastItem = "lastItem" // the newest item's id
)

// now is a variable for tests.
var now = time.Now

// Polling defines a trigger that is run on a schedule and asks for a list, from new to old: what stands before the newest
// item of the last time starts a flow each. id tells items apart; it is encoded as JSON.
func Polling[In, Item, ID any](name string, spec Spec, items func(ctx *Context, in In) ([]Item, error), id func(Item) ID) {
	Trigger(name, spec, ByItem[In, Item, ID]{Items: items, ID: id})
}

// ByItem is a trigger that is run on a schedule and asks for a list, from new to old: what stands before the newest item of
// the last time is new.
type ByItem[In, Item, ID any] struct {
	Items func(ctx *Context, in In) ([]Item, error)
	// ID tells items apart; it is encoded as JSON.
	ID func(Item) ID
	// Max is how many items start a flow at once, the oldest first; the rest comes the next time. nil or 0: all.
	Max func(in In) int
	// OnEnable runs before the list is asked for the first time: to set the schedule.
	OnEnable func(ctx *Context, in In) error
}

func (b ByItem[In, Item, ID]) trigger() *trigger {
	hooks := Hooks[In, Item]{OnEnable: b.enable, OnDisable: b.disable, Run: b.poll, Test: b.test}
	t := hooks.trigger("POLLING")
	if b.Items == nil || b.ID == nil {
		t.faults = append(t.faults, "needs Items and ID")
		return t
	}
	t.place = placeOfFunc(b.Items)
	return t
}

func (b ByItem[In, Item, ID]) enable(ctx *Context, in In) error {
	if b.OnEnable != nil {
		if err := b.OnEnable(ctx, in); err != nil {
			return err
		}
	}
	items, err := b.Items(ctx, in)
	if err != nil {
		return err
	}
	return b.remember(ctx, items)
}

// remember keeps the newest item's id; an empty list has none.
func (b ByItem[In, Item, ID]) remember(ctx *Context, items []Item) error {
	if len(items) > 0 {
		id, err := json.Marshal(b.ID(items[0]))
		if err != nil {
			return err
		}
		if string(id) != "null" {
			return ctx.Store.Put(lastItem, json.RawMessage(id))
		}
	}
	return ctx.Store.Delete(lastItem)
}

func (b ByItem[In, Item, ID]) disable(ctx *Context, _ In) error { return ctx.Store.Delete(lastItem) }

func (b ByItem[In, Item, ID]) poll(ctx *Context, in In) ([]Item, error) {
	var last json.RawMessage
	if _, err := ctx.Store.Get(lastItem, &last); err != nil {
		return nil, err
	}
	if string(last) != "null" {
		ctx.LastItem = last
	}
	items, err := b.Items(ctx, in)
	if err != nil {
		return nil, err
	}
	fresh, err := b.before(ctx.LastItem, items)
	if err != nil {
		return nil, err
	}
	if b.Max != nil {
		if most := b.Max(in); most > 0 && len(fresh) > most {
			fresh = fresh[len(fresh)-most:]
		}
	}
	if len(fresh) > 0 {
		if err := b.remember(ctx, fresh); err != nil {
			return nil, err
		}
	}
	return fresh, nil
}

// before is what stands before the last item seen; all, where it is gone.
func (b ByItem[In, Item, ID]) before(last json.RawMessage, items []Item) ([]Item, error) {
	if last == nil {
		return items, nil
	}
	seen, err := canonical(last)
	if err != nil {
		return nil, err
	}
	for i, item := range items {
		encoded, err := json.Marshal(b.ID(item))
		if err != nil {
			return nil, err
		}
		if id, err := canonical(encoded); err == nil && bytes.Equal(id, seen) {
			return items[:i], nil
		}
	}
	return items, nil
}

// canonical is a JSON value in one of its spellings: another language may have written it.
func canonical(raw []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

func (b ByItem[In, Item, ID]) test(ctx *Context, in In) ([]Item, error) { return b.Items(ctx, in) }

// ByTime is a trigger that is run on a schedule and asks for a list: an item is new whose moment is after the newest one of
// the last time.
type ByTime[In, Item any] struct {
	Items func(ctx *Context, in In) ([]Item, error)
	// At is an item's moment; it counts in milliseconds.
	At func(Item) time.Time
	// OnEnable runs when the flow is switched on: to set the schedule.
	OnEnable func(ctx *Context, in In) error
}

func (b ByTime[In, Item]) trigger() *trigger {
	hooks := Hooks[In, Item]{OnEnable: b.enable, OnDisable: b.disable, Run: b.poll, Test: b.test}
	t := hooks.trigger("POLLING")
	if b.Items == nil || b.At == nil {
		t.faults = append(t.faults, "needs Items and At")
		return t
	}
	t.place = placeOfFunc(b.Items)
	return t
}

func (b ByTime[In, Item]) enable(ctx *Context, in In) error {
	if b.OnEnable != nil {
		if err := b.OnEnable(ctx, in); err != nil {
			return err
		}
	}
	return ctx.Store.Put(lastPoll, now().UnixMilli())
}

func (b ByTime[In, Item]) disable(ctx *Context, _ In) error { return ctx.Store.Delete(lastPoll) }

func (b ByTime[In, Item]) poll(ctx *Context, in In) ([]Item, error) {
	var last int64
	if _, err := ctx.Store.Get(lastPoll, &last); err != nil {
		return nil, err
	}
	ctx.LastPoll = time.UnixMilli(last)
	items, err := b.Items(ctx, in)
	if err != nil {
		return nil, err
	}
	newest := last
	fresh := []Item{}
	for _, item := range items {
		at := b.At(item).UnixMilli()
		newest = max(newest, at)
		if at > last {
			fresh = append(fresh, item)
		}
	}
	return fresh, ctx.Store.Put(lastPoll, newest)
}

func (b ByTime[In, Item]) test(ctx *Context, in In) ([]Item, error) {
	ctx.LastPoll = time.UnixMilli(0)
	return b.Items(ctx, in)
}
