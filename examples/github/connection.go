package main

import (
	"github.com/ap-wasm/piece-go/piece"
)

const publicAPI = "https://api.github.com"

var account = piece.OAuth2{
	Title:       "GitHub account",
	Description: "Signs in at github.com.",
	AuthURL:     "https://github.com/login/oauth/authorize",
	TokenURL:    "https://github.com/login/oauth/access_token",
	Scope:       []string{"repo", "admin:repo_hook"},
	Validate:    validate,
	Identifier:  login,
}

type tokenProps struct {
	Token piece.Secret `json:"token" ap:"title=Token,required" doc:"Fine-grained (issues, contents and webhooks of the repositories) or classic (repo, admin:repo_hook)."`
	URL   string       `json:"url" ap:"title=API,required,default=https://api.github.com" doc:"Of GitHub Enterprise Server: https://<host>/api/v3."`
}

var token = piece.CustomAuth{
	Title:       "Personal access token",
	Description: "From Settings → Developer settings of GitHub, or of your own server.",
	Props:       tokenProps{},
	Validate:    validate,
	Identifier:  login,
}

type user struct {
	Login string `json:"login"`
}

// validate tells a token that does not serve from a server that does not answer.
func validate(ctx *piece.Context) error {
	_, err := login(ctx)
	if codeOf(err) == "unauthorized" {
		return piece.Invalid("GitHub does not accept the token: " + err.Error())
	}
	return err
}

func login(ctx *piece.Context) (string, error) {
	api, err := connect(ctx)
	if err != nil {
		return "", err
	}
	var me user
	err = api.get("/user", &me)
	return me.Login, err
}
