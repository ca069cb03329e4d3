package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/ap-wasm/piece-go/piece"
)

type eventProps struct {
	repositoryProp
	Actions []string `json:"actions" ap:"title=What happened,choices=opened:Opened|edited:Edited|closed:Closed|reopened:Reopened|labeled:Labelled|assigned:Assigned|created:Commented on" doc:"Nothing chosen: everything."`
}

// event is one thing that happened to an issue.
type event struct {
	// DedupeKey: GitHub may deliver twice.
	DedupeKey  string   `json:"_dedupe_key,omitempty"`
	Event      string   `json:"event"`
	Action     string   `json:"action"`
	Issue      issue    `json:"issue"`
	Comment    *comment `json:"comment,omitempty"`
	Repository string   `json:"repository"`
	Sender     string   `json:"sender"`
}

var sampleEvent = event{
	Event: "issues", Action: "opened", Repository: "owner/name", Sender: "octocat",
	Issue: issue{
		Number: 7, Title: "It does not start", State: "open", URL: "https://github.com/owner/name/issues/7", Author: "octocat",
		Labels: []string{"bug"}, Assignees: []string{},
		Created: sampleRelease.Published, Updated: sampleRelease.Published,
	},
}

// hook is the webhook that the trigger made; its secret signs what GitHub sends.
type hook struct {
	ID     int64  `json:"id"`
	Secret string `json:"secret"`
	Path   string `json:"path"`
}

const hookKey = "webhook"

var issueEvents = piece.Webhook[eventProps, event]{
	Hooks: piece.Hooks[eventProps, event]{OnEnable: addHook, OnDisable: removeHook, Run: received},
}

func addHook(ctx *piece.Context, in eventProps) error {
	api, path, err := within(ctx, in.repositoryProp)
	if err != nil {
		return err
	}
	// Switched on twice without off: the old one goes.
	if err := removeHook(ctx, in); err != nil {
		return err
	}
	secret := make([]byte, 32)
	rand.Read(secret)
	made := hook{Secret: hex.EncodeToString(secret), Path: path}
	body := map[string]any{
		"name": "web", "active": true, "events": []string{"issues", "issue_comment"},
		"config": map[string]string{"url": ctx.WebhookURL, "content_type": "json", "secret": made.Secret, "insecure_ssl": "0"},
	}
	if err := api.post(path+"/hooks", body, &made); err != nil {
		return err
	}
	return ctx.Store.Put(hookKey, made)
}

func removeHook(ctx *piece.Context, _ eventProps) error {
	var made hook
	found, err := ctx.Store.Get(hookKey, &made)
	if err != nil || !found {
		return err
	}
	api, err := connect(ctx)
	if err != nil {
		return err
	}
	// Somebody may have removed it, or the repository, at GitHub.
	if err := api.delete(fmt.Sprintf("%s/hooks/%d", made.Path, made.ID)); err != nil && codeOf(err) != "not_found" {
		return err
	}
	return ctx.Store.Delete(hookKey)
}

// isSigned compares in constant time: how long it takes tells nothing about the signature that was expected.
func isSigned(body []byte, secret, signature string) bool {
	given, hasPrefix := strings.CutPrefix(signature, "sha256=")
	sum, err := hex.DecodeString(given)
	if err != nil || !hasPrefix {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hmac.Equal(mac.Sum(nil), sum)
}

func received(ctx *piece.Context, in eventProps) ([]event, error) {
	var made hook
	found, err := ctx.Store.Get(hookKey, &made)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, &piece.Error{Code: "not_enabled", Message: "the trigger has no webhook: switch the flow off and on again"}
	}
	headers := ctx.Payload.Headers
	if !isSigned(ctx.Payload.RawBody(), made.Secret, headers["x-hub-signature-256"]) {
		return nil, &piece.Error{Code: "unauthorized", Message: "the call is not signed with the webhook's secret; it is not from GitHub"}
	}
	var sent struct {
		Action     string
		Issue      *rawIssue
		Comment    *rawComment
		Repository repository
		Sender     user
	}
	if err := ctx.Payload.Body(&sent); err != nil {
		return nil, err
	}
	// A ping comes when the webhook is made.
	if sent.Issue == nil || sent.Issue.PullRequest != nil || len(in.Actions) > 0 && !slices.Contains(in.Actions, sent.Action) {
		return nil, nil
	}
	out := event{
		DedupeKey: headers["x-github-delivery"], Event: headers["x-github-event"], Action: sent.Action,
		Issue: sent.Issue.plain(), Repository: sent.Repository.FullName, Sender: sent.Sender.Login,
	}
	if sent.Comment != nil {
		said := sent.Comment.plain()
		out.Comment = &said
	}
	return []event{out}, nil
}
