package main

import "github.com/ap-wasm/piece-go/piece"

func main() {
	piece.Define(piece.Info{
		Title:       "Conformance",
		Description: "The same piece in every language.",
		LogoURL:     "https://example.com/logo.png",
		Authors:     []string{"ap-wasm"},
		Categories:  []piece.Category{piece.DeveloperTools, piece.Core},
		Auth:        []piece.Auth{secret, basic, custom, oauth2, oidc},
		Events:      &piece.Events{Parse: parseEvent, Verify: verifyEvent},
	})
	defineProperties()
	defineConnections()
	defineOutside()
	defineBehaviour()
	defineTriggers()
}
