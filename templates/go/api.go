package main

import (
	"context"

	"github.com/ap-wasm/piece-go/fetch"
)

type post struct {
	UserID int    `json:"userId,omitempty"`
	ID     int    `json:"id,omitempty"`
	Title  string `json:"title,omitempty"`
	Body   string `json:"body,omitempty"`
}

type user struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

const base = "https://jsonplaceholder.typicode.com"

// get reads JSON. An answer other than a success is a failure of the call: unauthorized, not_found, rate_limited …
func get[T any](ctx context.Context, path, token string) (out T, err error) {
	response, err := fetch.Get(ctx, base+path, fetch.Bearer(token), fetch.Header("accept", "application/json"))
	if err != nil {
		return out, err
	}
	return out, response.JSON(&out)
}
