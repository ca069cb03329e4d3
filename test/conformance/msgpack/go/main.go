package main

import (
	"github.com/ap-wasm/piece-go/msgpack"
	"github.com/ap-wasm/piece-go/piece"
)

type props struct {
	Value any `json:"value" ap:"title=Value"`
}

func main() {
	piece.Define(piece.Info{Title: "Conformance in MessagePack", Encoding: msgpack.Encoding})
	piece.Action("echo", piece.Spec{
		Title:       "Echo",
		Description: "Answers with the value that it was given.",
		NoAuth:      true,
	}, func(_ *piece.Context, in props) (any, error) { return in.Value, nil })
}
