package main

import (
	"net/url"
	"strings"

	"github.com/ap-wasm/piece-go/piece"
)

// repositoryProp is the property that all actions and triggers have.
type repositoryProp struct {
	Repository string `json:"repository" ap:"title=Repository,required,search" doc:"Chosen from yours, or any as owner/name."`
}

// Props says what the tags cannot.
func (repositoryProp) Props() piece.Props {
	return piece.Props{"repository": {Options: repositories, Refreshers: []string{"auth"}}}
}

type repository struct {
	FullName string `json:"full_name"`
}

const mostOptions = 300

// repositories offers those that the connection can see, the recently used first; a typed text narrows them.
func repositories(ctx *piece.Context, query piece.Query) (piece.Dropdown, error) {
	if ctx.Auth.Type == "" {
		return piece.Dropdown{Disabled: true, Placeholder: "Connect first"}, nil
	}
	api, err := connect(ctx)
	if err != nil {
		return piece.Dropdown{}, err
	}
	search := strings.ToLower(query.Search)
	found, err := list(api, "/user/repos", url.Values{"sort": {"pushed"}}, mostOptions, func(r repository) bool {
		return strings.Contains(strings.ToLower(r.FullName), search)
	})
	options := []piece.Option{}
	for _, one := range found {
		options = append(options, piece.Option{Label: one.FullName, Value: one.FullName})
	}
	// Any public one may be typed in whole.
	if len(found) == 0 && strings.Count(query.Search, "/") == 1 {
		options = append(options, piece.Option{Label: query.Search, Value: query.Search})
	}
	return piece.Dropdown{Options: options}, err
}

// path is that of the repository in the API.
func (p repositoryProp) path() (string, error) {
	owner, name, two := strings.Cut(p.Repository, "/")
	if !two || owner == "" || name == "" || strings.Contains(name, "/") || name == "." || name == ".." {
		return "", &piece.Error{Code: "invalid_input", Message: "props.repository must be owner/name, such as golang/go"}
	}
	return "/repos/" + url.PathEscape(owner) + "/" + url.PathEscape(name), nil
}

// within connects and gives the path of the repository.
func within(ctx *piece.Context, p repositoryProp) (*api, string, error) {
	path, err := p.path()
	if err != nil {
		return nil, "", err
	}
	api, err := connect(ctx)
	return api, path, err
}
