package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	random "math/rand/v2"
	"strings"
	"time"

	"github.com/ap-wasm/piece-go/piece"
)

type clockProps struct {
	WaitMs float64 `json:"waitMs" ap:"title=Pause,required,default=0"`
}

func clock(_ *piece.Context, in clockProps) (map[string]int64, error) {
	start := time.Now()
	time.Sleep(time.Duration(in.WaitMs * float64(time.Millisecond)))
	return map[string]int64{"start": start.UnixMilli(), "end": time.Now().UnixMilli()}, nil
}

func randomNumbers(*piece.Context, struct{}) (map[string]any, error) {
	token := make([]byte, 16)
	rand.Read(token)
	return map[string]any{"number": random.Float64(), "token": hex.EncodeToString(token)}, nil
}

type failProps struct {
	How string `json:"how" ap:"required,choices=refuse:Refuse|retry:Ask for a pause|later:Ask for another try|error:Error|bug:Bug"`
}

func bug() any {
	panic("a bug on purpose")
}

func fail(_ *piece.Context, in failProps) (any, error) {
	switch in.How {
	case "refuse":
		detail := map[string]any{"what": "thing", "list": []any{1, nil, "ä"}}
		return nil, &piece.Error{Code: "no_such_thing", Message: "There is none: ünï 😀", Detail: detail}
	case "retry":
		return nil, &piece.Error{Code: "rate_limited", Message: "The server asks for a pause.", RetryAfter: 7 * time.Second}
	case "later":
		return nil, &piece.Error{Code: "busy", Message: "Try again.", RetryAfter: piece.AnyTime}
	case "error":
		return nil, errors.New("an error on purpose")
	}
	return bug(), nil
}

type burnProps struct {
	Rounds int64 `json:"rounds" ap:"title=Rounds,required"`
}

func burn(_ *piece.Context, in burnProps) (uint32, error) {
	x := uint32(1)
	for n := int64(0); in.Rounds < 0 || n < in.Rounds; n++ {
		x = x*1664525 + 1013904223
	}
	return x, nil
}

type largeProps struct {
	Chars int `json:"chars" ap:"title=Characters,required"`
}

type nestedProps struct {
	Depth int `json:"depth" ap:"title=Depth,required"`
}

func nested(_ *piece.Context, in nestedProps) ([]any, error) {
	value := []any{}
	for range in.Depth - 1 {
		value = []any{value}
	}
	return value, nil
}

func defineBehaviour() {
	piece.Action("clock", piece.Spec{
		Title:       "Clock",
		Description: "Says the time before and after a pause.",
		NoAuth:      true,
	}, clock)
	piece.Action("random", piece.Spec{
		Title:       "Random",
		Description: "Answers with an ordinary random number and a secret token.",
		NoAuth:      true,
	}, randomNumbers)
	piece.Action("fail", piece.Spec{
		Title:       "Fail",
		Description: "Ends in every way but a good one.",
		NoAuth:      true,
	}, fail)
	piece.Action("burn", piece.Spec{
		Title:       "Burn",
		Description: "Computes; without end, if the number of rounds is negative.",
		NoAuth:      true,
	}, burn)
	piece.Action("large", piece.Spec{
		Title:       "Large",
		Description: "Answers with a text of so many x.",
		NoAuth:      true,
	}, func(_ *piece.Context, in largeProps) (string, error) { return strings.Repeat("x", in.Chars), nil })
	piece.Action("nested", piece.Spec{
		Title:       "Nested",
		Description: "Answers with so many lists in each other.",
		NoAuth:      true,
	}, nested)
}
