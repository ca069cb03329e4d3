package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ap-wasm/piece-go/piece"
	"github.com/ap-wasm/piece-go/piecehttp"
)

// api is GitHub's REST API with the call's connection.
type api struct {
	client *http.Client
	base   *url.URL
	token  string
}

const version = "2022-11-28"

func connect(ctx *piece.Context) (*api, error) {
	address, token := publicAPI, ctx.Auth.AccessToken()
	if ctx.Auth.Type == "CUSTOM_AUTH" {
		var own tokenProps
		if err := ctx.Auth.Props(&own); err != nil {
			return nil, err
		}
		address, token = own.URL, string(own.Token)
	}
	base, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil || base.Host == "" {
		return nil, &piece.Error{Code: "invalid_input", Message: "the connection's API is no address: " + address}
	}
	return &api{piecehttp.Client(ctx), base, token}, nil
}

func (a *api) get(path string, into any) error {
	_, err := a.send(http.MethodGet, a.base.String()+path, nil, into)
	return err
}

func (a *api) post(path string, body, into any) error {
	_, err := a.send(http.MethodPost, a.base.String()+path, body, into)
	return err
}

func (a *api) delete(path string) error {
	_, err := a.send(http.MethodDelete, a.base.String()+path, nil, nil)
	return err
}

// send answers with the address of the next page; empty: there is none.
func (a *api) send(method, address string, body, into any) (next string, err error) {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return "", err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, address, content)
	if err != nil {
		return "", err
	}
	request.Header.Set("Accept", "application/vnd.github+json")
	request.Header.Set("X-GitHub-Api-Version", version)
	request.Header.Set("Authorization", "Bearer "+a.token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := a.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		return "", refusal(response)
	}
	if into != nil {
		if err := json.NewDecoder(response.Body).Decode(into); err != nil {
			return "", &piece.Error{Code: "upstream_error", Message: "GitHub's answer is no JSON: " + err.Error(), Cause: err}
		}
	}
	return a.nextPage(response.Header.Get("Link")), nil
}

// nextPage is rel="next" of a Link header. Another server's address would be handed the token: it is no next page.
func (a *api) nextPage(link string) string {
	for one := range strings.SplitSeq(link, ",") {
		address, words, _ := strings.Cut(one, ";")
		if !strings.Contains(words, `rel="next"`) {
			continue
		}
		next, err := a.base.Parse(strings.Trim(address, " <>"))
		if err == nil && next.Scheme == a.base.Scheme && next.Host == a.base.Host {
			return next.String()
		}
	}
	return ""
}

const pageSize = 100

// list gathers items over the pages of a list until there are as many as asked for; keep says which count.
func list[T any](a *api, path string, query url.Values, limit int, keep func(T) bool) ([]T, error) {
	query.Set("per_page", strconv.Itoa(min(limit, pageSize)))
	items := []T{}
	for next := a.base.String() + path + "?" + query.Encode(); next != "" && len(items) < limit; {
		var page []T
		var err error
		if next, err = a.send(http.MethodGet, next, nil, &page); err != nil {
			return nil, err
		}
		for _, item := range page {
			if keep(item) && len(items) < limit {
				items = append(items, item)
			}
		}
	}
	return items, nil
}

// problem is what GitHub says about a request that it refuses.
type problem struct {
	Message string `json:"message"`
	Errors  []struct {
		Resource, Field, Code, Message string
	} `json:"errors"`
	DocumentationURL string `json:"documentation_url"`
}

func (p problem) words() string {
	words := p.Message
	for _, one := range p.Errors {
		said := one.Message
		if said == "" {
			said = strings.TrimSpace(one.Field + " " + strings.ReplaceAll(one.Code, "_", " "))
		}
		words += "; " + said
	}
	return words
}

const problemBytes = 64 << 10

// refusal is GitHub's answer as a failure: limits of its rate are told from missing rights by their headers.
func refusal(response *http.Response) error {
	var said problem
	content, _ := io.ReadAll(io.LimitReader(response.Body, problemBytes))
	_ = json.Unmarshal(content, &said)
	failure := &piece.Error{
		Message: fmt.Sprintf("GitHub answered %d: %s", response.StatusCode, said.words()),
		Detail:  map[string]any{"status": response.StatusCode, "documentation": said.DocumentationURL},
	}
	pause, limited := rateLimit(response, said, time.Now())
	switch status := response.StatusCode; {
	case limited:
		failure.Code, failure.RetryAfter = "rate_limited", pause
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		failure.Code = "unauthorized"
	case status == http.StatusNotFound:
		failure.Code = "not_found"
	case status == http.StatusGone:
		failure.Code = "gone"
	case status == http.StatusUnprocessableEntity || status == http.StatusBadRequest:
		failure.Code = "invalid_input"
	case status >= http.StatusInternalServerError:
		failure.Code, failure.RetryAfter = "upstream_error", piece.AnyTime
	default:
		failure.Code = "request_refused"
	}
	return failure
}

// What GitHub asks for where a limit of bursts says nothing more.
const burstPause = time.Minute

// rateLimit is the pause that a limit asks for: Retry-After of bursts, the reset of an hour's quota.
func rateLimit(response *http.Response, said problem, now time.Time) (pause time.Duration, limited bool) {
	if response.StatusCode != http.StatusForbidden && response.StatusCode != http.StatusTooManyRequests {
		return 0, false
	}
	if pause, asked := piece.RetryAfter(response.Header.Get("Retry-After"), now); asked {
		return max(pause, time.Second), true
	}
	if response.Header.Get("X-RateLimit-Remaining") == "0" {
		reset, err := strconv.ParseInt(response.Header.Get("X-RateLimit-Reset"), 10, 64)
		if err != nil {
			return burstPause, true
		}
		return max(time.Unix(reset, 0).Sub(now), time.Second), true
	}
	return burstPause, response.StatusCode == http.StatusTooManyRequests || strings.Contains(said.Message, "secondary rate limit")
}

func codeOf(err error) string {
	var refused *piece.Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}
