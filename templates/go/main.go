package main

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/ap-wasm/piece-go/piece"
)

var auth = piece.SecretText{
	Title:       "API token",
	Description: "Any text serves: the sample service takes every token.",
	Validate: func(ctx *piece.Context) error {
		if strings.TrimSpace(ctx.Auth.Secret()) == "" {
			return piece.Invalid("the token is empty")
		}
		_, err := get[user](ctx, "/users/1", ctx.Auth.Secret())
		return err
	},
}

type getPostProps struct {
	ID int `json:"id" ap:"title=Post,required" doc:"Its number."`
}

func getPost(ctx *piece.Context, in getPostProps) (post, error) {
	found, err := get[post](ctx, fmt.Sprintf("/posts/%d", in.ID), ctx.Auth.Secret())
	slog.Info("read post", "id", found.ID)
	return found, err
}

type countProps struct {
	Text  string `json:"text" ap:"title=Text,required,type=LONG_TEXT"`
	Order string `json:"order" ap:"title=Order,required,default=frequency,choices=frequency:Most frequent first|alphabet:Alphabetical"`
}

func countText(_ *piece.Context, in countProps) (wordCount, error) {
	return countWords(in.Text, in.Order), nil
}

type newPostProps struct {
	Author *int `json:"author" ap:"title=Author" doc:"Whose posts."`
}

// Props says what the tags cannot.
func (newPostProps) Props() piece.Props {
	return piece.Props{"author": {Options: authors}}
}

func authors(ctx *piece.Context, _ piece.Query) (piece.Dropdown, error) {
	if ctx.Auth.Type == "" {
		return piece.Dropdown{Disabled: true, Placeholder: "Connect first"}, nil
	}
	users, err := get[[]user](ctx, "/users", ctx.Auth.Secret())
	options := []piece.Option{}
	for _, one := range users {
		options = append(options, piece.Option{Label: one.Name, Value: one.ID})
	}
	return piece.Dropdown{Options: options}, err
}

func newPosts(ctx *piece.Context, in newPostProps) ([]post, error) {
	path := "/posts?_sort=id&_order=desc&_limit=20"
	if in.Author != nil {
		path += fmt.Sprintf("&userId=%d", *in.Author)
	}
	return get[[]post](ctx, path, ctx.Auth.Secret())
}

func main() {
	piece.Define(piece.Info{
		Title:       "My piece",
		Description: "A sample: change it into your own.",
		Categories:  []piece.Category{piece.DeveloperTools},
		Auth:        []piece.Auth{auth},
	})
	piece.Action("get_post", piece.Spec{
		Title:       "Get a post",
		Description: "Reads one post of the sample service.",
		AI:          &piece.AI{Description: "Reads one post by its number.", Idempotent: true},
	}, getPost)
	piece.Action("count_words", piece.Spec{
		Title:       "Count words",
		Description: "Counts the words of a text, without any network.",
		NoAuth:      true,
	}, countText)
	piece.Polling("new_post", piece.Spec{
		Title:       "New post",
		Description: "Starts a flow for each new post.",
		SampleData:  post{UserID: 1, ID: 1, Title: "A title", Body: "A text"},
	}, newPosts, func(p post) int { return p.ID })
}
