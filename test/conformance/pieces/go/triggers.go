package main

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/ap-wasm/piece-go/piece"
)

type polled struct {
	At   int64 `json:"at"`
	ID   any   `json:"id"`
	Data any   `json:"data"`
}

// MarshalJSON: what starts a flow is the data alone.
func (p polled) MarshalJSON() ([]byte, error) { return piece.JSON.Marshal(p.Data) }

type polledProps struct {
	Items []polled `json:"items" ap:"title=Items,type=JSON" doc:"What the source answers."`
}

type lastProps struct {
	polledProps
	Max int `json:"max" ap:"title=At most"`
}

var byTime = piece.ByTime[polledProps, polled]{
	OnEnable: func(ctx *piece.Context, _ polledProps) error {
		ctx.Cron("*/5 * * * *", "UTC")
		return nil
	},
	Items: func(ctx *piece.Context, in polledProps) ([]polled, error) {
		slog.Info(fmt.Sprintf("asked %d", ctx.LastPoll.UnixMilli()))
		return in.Items, nil
	},
	At: func(item polled) time.Time { return time.UnixMilli(item.At) },
}

var byItem = piece.ByItem[lastProps, polled, any]{
	OnEnable: func(ctx *piece.Context, _ lastProps) error {
		ctx.Every(time.Minute)
		return nil
	},
	Items: func(ctx *piece.Context, in lastProps) ([]polled, error) {
		last := string(ctx.LastItem)
		if last == "" {
			last = "null"
		}
		slog.Info("asked " + last)
		return in.Items, nil
	},
	ID:  func(item polled) any { return item.ID },
	Max: func(in lastProps) int { return in.Max },
}

type none struct{}

func keep(key string, value func(*piece.Context) any) func(*piece.Context, none) error {
	return func(ctx *piece.Context, _ none) error { return ctx.Store.Put(key, value(ctx)) }
}

func yes(*piece.Context) any { return true }

var webhook = piece.Webhook[none, any]{
	Hooks: piece.Hooks[none, any]{
		OnEnable:  keep("url", func(ctx *piece.Context) any { return ctx.WebhookURL }),
		OnDisable: func(ctx *piece.Context, _ none) error { return ctx.Store.Delete("url") },
		OnStart:   keep("started", yes),
		Run: func(ctx *piece.Context, _ none) ([]any, error) {
			item := map[string]any{"query": ctx.Payload.Query, "signature": nil}
			if signature, given := ctx.Payload.Headers["x-signature"]; given {
				item["signature"] = signature
			}
			var body any
			err := ctx.Payload.Body(&body)
			item["body"] = body
			return []any{item}, err
		},
	},
	OnRenew: keep("renewed", yes),
	Renew:   "0 0 * * *",
	OnHandshake: func(ctx *piece.Context, _ none) (piece.Response, error) {
		return piece.Response{
			Headers: map[string]string{"content-type": "text/plain"},
			Body:    ctx.Payload.Query["challenge"],
		}, nil
	},
	Handshake: piece.Handshake{By: piece.QueryPresent, Param: "challenge"},
}

var app = piece.AppWebhook[none, any]{
	Hooks: piece.Hooks[none, any]{
		OnEnable: func(ctx *piece.Context, _ none) error {
			ctx.Listen("team-1", "created", "closed")
			return nil
		},
		Run: func(ctx *piece.Context, _ none) ([]any, error) {
			var body any
			err := ctx.Payload.Body(&body)
			return []any{body}, err
		},
		Test: func(*piece.Context, none) ([]any, error) {
			items := []any{}
			for id := 1; id <= 7; id++ {
				items = append(items, map[string]int{"id": id})
			}
			return items, nil
		},
	},
}

var manual = piece.Manual[none, any]{Run: func(*piece.Context, none) ([]any, error) { return nil, nil }}

func parseEvent(_ *piece.Context, payload piece.Payload) (event piece.Event, err error) {
	if challenge, given := payload.Query["challenge"]; given {
		event.Reply = &piece.Response{Body: challenge}
		return event, nil
	}
	var body struct{ Event, Team string }
	err = payload.Body(&body)
	return piece.Event{Name: body.Event, Identifier: body.Team}, err
}

func verifyEvent(_ *piece.Context, payload piece.Payload, secret string) (bool, error) {
	signature, given := payload.Headers["x-signature"]
	return given && signature == secret, nil
}

func defineTriggers() {
	spec := func(title, description string, sample any) piece.Spec {
		return piece.Spec{Title: title, Description: description, SampleData: sample, NoAuth: true}
	}
	one := map[string]int{"id": 1}
	piece.Trigger("poll_time", spec("By time", "Items after the newest moment seen.", one), byTime)
	piece.Trigger("poll_last", spec("By the last item", "Items before the newest one seen.", one), byItem)
	piece.Trigger("webhook", spec("Webhook", "A URL of its own is called.", one), webhook)
	piece.Trigger("app", spec("App event", "The URL of the whole app is called.", one), app)
	piece.Trigger("manual", spec("By hand", "A person starts it.", map[string]string{"by": "hand"}), manual)
}
