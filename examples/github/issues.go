package main

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/ap-wasm/piece-go/piece"
)

// issue is what a flow needs of GitHub's issue.
type issue struct {
	Number    int        `json:"number"`
	Title     string     `json:"title"`
	Body      string     `json:"body"`
	State     string     `json:"state"`
	URL       string     `json:"url"`
	Author    string     `json:"author"`
	Labels    []string   `json:"labels"`
	Assignees []string   `json:"assignees"`
	Comments  int        `json:"comments"`
	Created   time.Time  `json:"created"`
	Updated   time.Time  `json:"updated"`
	Closed    *time.Time `json:"closed"`
}

// rawIssue is GitHub's. A pull request is one, too.
type rawIssue struct {
	Number      int                     `json:"number"`
	Title       string                  `json:"title"`
	Body        string                  `json:"body"`
	State       string                  `json:"state"`
	HTMLURL     string                  `json:"html_url"`
	User        user                    `json:"user"`
	Labels      []struct{ Name string } `json:"labels"`
	Assignees   []user                  `json:"assignees"`
	Comments    int                     `json:"comments"`
	CreatedAt   time.Time               `json:"created_at"`
	UpdatedAt   time.Time               `json:"updated_at"`
	ClosedAt    *time.Time              `json:"closed_at"`
	PullRequest *struct{}               `json:"pull_request"`
}

func (raw rawIssue) plain() issue {
	out := issue{
		Number: raw.Number, Title: raw.Title, Body: raw.Body, State: raw.State, URL: raw.HTMLURL, Author: raw.User.Login,
		Labels: []string{}, Assignees: []string{}, Comments: raw.Comments,
		Created: raw.CreatedAt, Updated: raw.UpdatedAt, Closed: raw.ClosedAt,
	}
	for _, label := range raw.Labels {
		out.Labels = append(out.Labels, label.Name)
	}
	for _, assignee := range raw.Assignees {
		out.Assignees = append(out.Assignees, assignee.Login)
	}
	return out
}

type listIssuesProps struct {
	repositoryProp
	State  string     `json:"state" ap:"title=State,required,default=open,choices=open:Open|closed:Closed|all:All"`
	Labels []string   `json:"labels" ap:"title=Labels" doc:"Issues that have all of them."`
	Since  *time.Time `json:"since" ap:"title=Updated since"`
	Limit  int        `json:"limit" ap:"title=At most,required,default=100" doc:"How many issues, 1,000 at most."`
}

const mostItems = 1000

func checkLimit(limit int) error {
	if limit < 1 || limit > mostItems {
		return &piece.Error{Code: "invalid_input", Message: fmt.Sprintf("props.limit is %d; it must be from 1 to %d", limit, mostItems)}
	}
	return nil
}

func listIssues(ctx *piece.Context, in listIssuesProps) ([]issue, error) {
	if err := checkLimit(in.Limit); err != nil {
		return nil, err
	}
	api, path, err := within(ctx, in.repositoryProp)
	if err != nil {
		return nil, err
	}
	query := url.Values{"state": {in.State}}
	if len(in.Labels) > 0 {
		query.Set("labels", strings.Join(in.Labels, ","))
	}
	if in.Since != nil {
		query.Set("since", in.Since.UTC().Format(time.RFC3339))
	}
	found, err := list(api, path+"/issues", query, in.Limit, func(one rawIssue) bool { return one.PullRequest == nil })
	if err != nil {
		return nil, err
	}
	issues := make([]issue, len(found))
	for i, one := range found {
		issues[i] = one.plain()
	}
	return issues, nil
}

type comment struct {
	ID      int64     `json:"id"`
	Author  string    `json:"author"`
	Body    string    `json:"body"`
	URL     string    `json:"url"`
	Created time.Time `json:"created"`
}

type rawComment struct {
	ID        int64     `json:"id"`
	User      user      `json:"user"`
	Body      string    `json:"body"`
	HTMLURL   string    `json:"html_url"`
	CreatedAt time.Time `json:"created_at"`
}

func (raw rawComment) plain() comment {
	return comment{raw.ID, raw.User.Login, raw.Body, raw.HTMLURL, raw.CreatedAt}
}

type getIssueProps struct {
	repositoryProp
	Number   int  `json:"number" ap:"title=Number,required"`
	Comments bool `json:"comments" ap:"title=With its comments,required,default=false"`
}

type issueWithComments struct {
	issue
	Discussion []comment `json:"discussion,omitempty"`
}

// getIssue asks for the issue and its comments at the same time.
func getIssue(ctx *piece.Context, in getIssueProps) (out issueWithComments, err error) {
	api, path, err := within(ctx, in.repositoryProp)
	if err != nil {
		return out, err
	}
	path = fmt.Sprintf("%s/issues/%d", path, in.Number)
	type discussion struct {
		comments []rawComment
		err      error
	}
	asked := make(chan discussion, 1)
	go func() {
		if !in.Comments {
			asked <- discussion{}
			return
		}
		comments, err := list(api, path+"/comments", url.Values{}, mostItems, func(rawComment) bool { return true })
		asked <- discussion{comments, err}
	}()
	var raw rawIssue
	err = api.get(path, &raw)
	found := <-asked
	if err != nil {
		return out, err
	}
	out.issue = raw.plain()
	for _, one := range found.comments {
		out.Discussion = append(out.Discussion, one.plain())
	}
	return out, found.err
}

type createIssueProps struct {
	repositoryProp
	Title     string   `json:"title" ap:"title=Title,required"`
	Body      string   `json:"body" ap:"title=Text,type=LONG_TEXT" doc:"Markdown."`
	Labels    []string `json:"labels" ap:"title=Labels"`
	Assignees []string `json:"assignees" ap:"title=Assignees" doc:"Names of users."`
}

// Props says what the tags cannot.
func (createIssueProps) Props() piece.Props {
	props := repositoryProp{}.Props()
	props["labels"] = piece.Prop{Options: labels, Refreshers: []string{"auth", "repository"}}
	return props
}

// labels offers those of the repository that was chosen.
func labels(ctx *piece.Context, query piece.Query) (piece.Dropdown, error) {
	var chosen repositoryProp
	given, err := query.Value("repository", &chosen.Repository)
	if err != nil || !given || ctx.Auth.Type == "" {
		return piece.Dropdown{Disabled: true, Placeholder: "Choose a repository first"}, err
	}
	api, path, err := within(ctx, chosen)
	if err != nil {
		return piece.Dropdown{}, err
	}
	type label struct{ Name string }
	found, err := list(api, path+"/labels", url.Values{}, mostOptions, func(label) bool { return true })
	options := []piece.Option{}
	for _, one := range found {
		options = append(options, piece.Option{Label: one.Name, Value: one.Name})
	}
	return piece.Dropdown{Options: options}, err
}

func createIssue(ctx *piece.Context, in createIssueProps) (out issue, err error) {
	api, path, err := within(ctx, in.repositoryProp)
	if err != nil {
		return out, err
	}
	var raw rawIssue
	body := map[string]any{"title": in.Title, "body": in.Body}
	if len(in.Labels) > 0 {
		body["labels"] = in.Labels
	}
	if len(in.Assignees) > 0 {
		body["assignees"] = in.Assignees
	}
	err = api.post(path+"/issues", body, &raw)
	return raw.plain(), err
}

type commentProps struct {
	repositoryProp
	Number int    `json:"number" ap:"title=Number,required"`
	Body   string `json:"body" ap:"title=Text,required,type=LONG_TEXT" doc:"Markdown."`
}

func commentIssue(ctx *piece.Context, in commentProps) (out comment, err error) {
	api, path, err := within(ctx, in.repositoryProp)
	if err != nil {
		return out, err
	}
	var raw rawComment
	err = api.post(fmt.Sprintf("%s/issues/%d/comments", path, in.Number), map[string]string{"body": in.Body}, &raw)
	return raw.plain(), err
}
