package main

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ap-wasm/piece-go/piece"
)

var secret = piece.SecretText{
	Title:       "Token",
	Description: "A token.",
	Validate: func(ctx *piece.Context) error {
		if ctx.Auth.Secret() != "good" {
			return piece.Invalid("the token is not accepted")
		}
		return nil
	},
	Identifier: func(ctx *piece.Context) (string, error) {
		return fmt.Sprintf("token of %d characters", utf8.RuneCountInString(ctx.Auth.Secret())), nil
	},
}

var basic = piece.BasicAuth{
	Title:    "Login",
	Username: piece.Label{Title: "Name"},
	Password: piece.Label{Title: "Password", Description: "Not your birthday."},
	Validate: func(ctx *piece.Context) error {
		if ctx.Auth.Username() != "ann" || ctx.Auth.Password() != "secret" {
			return piece.Invalid(ctx.Auth.Username() + " may not come in")
		}
		return nil
	},
	Identifier: func(ctx *piece.Context) (string, error) { return ctx.Auth.Username(), nil },
}

type server struct {
	URL    string       `json:"url" ap:"required"`
	Key    piece.Secret `json:"key" ap:"required"`
	Region string       `json:"region,omitempty" ap:"default=eu,choices=eu:Europe|us:America"`
}

func serverOf(ctx *piece.Context) (s server, err error) { return s, ctx.Auth.Props(&s) }

var custom = piece.CustomAuth{
	Title: "Own server",
	Props: server{},
	Validate: func(ctx *piece.Context) error {
		s, err := serverOf(ctx)
		if err == nil && s.Key != "good" {
			return piece.Invalid("the key does not open " + s.URL)
		}
		return err
	},
	Identifier: func(ctx *piece.Context) (string, error) {
		s, err := serverOf(ctx)
		return s.URL, err
	},
	Refresh: func(ctx *piece.Context) (piece.Token, error) {
		s, err := serverOf(ctx)
		return piece.Token{AccessToken: string(s.Key) + "@" + s.URL, ExpiresIn: 30}, err
	},
	ExpiresIn: time.Minute,
}

type account struct {
	Tenant *string `json:"tenant"`
}

var oauth2 = piece.OAuth2{
	Title:    "Account",
	AuthURL:  "https://example.com/authorize",
	TokenURL: "https://example.com/token",
	Scope:    []string{"read", "write"},
	PKCE:     true,
	Props:    account{},
	Validate: func(ctx *piece.Context) error {
		if ctx.Auth.AccessToken() != "good" {
			return piece.Invalid("the account is locked")
		}
		return nil
	},
}

type identity struct {
	Audience string `json:"audience,omitempty"`
}

var oidc = piece.OIDC{Title: "Identity", Props: identity{}}

type connectionValue struct {
	Type  string `json:"type"`
	Value any    `json:"value"`
}

func connection(ctx *piece.Context, _ struct{}) (out connectionValue, err error) {
	out.Type = ctx.Auth.Type
	switch {
	case out.Type == "SECRET_TEXT":
		out.Value = ctx.Auth.Secret()
	case out.Type == "BASIC_AUTH":
		out.Value = map[string]string{"username": ctx.Auth.Username(), "password": ctx.Auth.Password()}
	case out.Type == "CUSTOM_AUTH":
		out.Value, err = serverOf(ctx)
	case out.Type == "OIDC":
		var i identity
		err = ctx.Auth.Props(&i)
		out.Value = i
	case strings.HasSuffix(out.Type, "OAUTH2"):
		var a account
		err = ctx.Auth.Props(&a)
		out.Value = map[string]any{"access_token": ctx.Auth.AccessToken(), "tenant": a.Tenant}
	}
	return out, err
}

func defineConnections() {
	piece.Action("connection", piece.Spec{
		Title:       "Connection",
		Description: "Answers with the connection that it was handed.",
	}, connection)
}
