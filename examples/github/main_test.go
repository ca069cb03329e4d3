package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ap-wasm/piece-go/piece"
	"github.com/ap-wasm/piece-go/piecetest"
)

func TestMain(m *testing.M) {
	main() // defines the piece
	os.Exit(m.Run())
}

// hub is a server that speaks GitHub's protocol.
type hub struct {
	*httptest.Server
	asked []string
	// answers by "METHOD path?query"; a missing one is GitHub's 404.
	answers map[string]func(http.ResponseWriter, *http.Request)
}

func newHub(t *testing.T) *hub {
	h := &hub{answers: map[string]func(http.ResponseWriter, *http.Request){}}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.asked = append(h.asked, r.Method+" "+r.URL.RequestURI())
		for name, want := range map[string]string{
			"Authorization": "Bearer t", "Accept": "application/vnd.github+json", "X-GitHub-Api-Version": version,
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s %s with %s %q", r.Method, r.URL, name, got)
			}
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		if answer, known := h.answers[r.Method+" "+r.URL.RequestURI()]; known {
			answer(w, r)
			return
		}
		w.WriteHeader(404)
		fmt.Fprint(w, `{"message":"Not Found","documentation_url":"https://docs.github.com/rest"}`)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hub) on(request, body string, headers ...string) {
	h.answers[request] = func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		fmt.Fprint(w, body)
	}
}

func (h *hub) input(props map[string]any) piecetest.Input {
	props["repository"] = "o/n"
	auth := map[string]any{"type": "CUSTOM_AUTH", "props": map[string]any{"token": "t", "url": h.URL}}
	return piecetest.Input{Props: props, Auth: auth, WebhookURL: "https://flows.example/hook"}
}

func numbers(t *testing.T, items any) (found []int) {
	t.Helper()
	for _, item := range items.([]any) {
		found = append(found, int(item.(map[string]any)["number"].(float64)))
	}
	return found
}

func TestListGoesThroughThePages(t *testing.T) {
	h := newHub(t)
	h.on("GET /repos/o/n/issues?labels=a%2Cb&per_page=3&since=2026-01-01T00%3A00%3A00Z&state=all",
		`[{"number":9},{"number":8,"pull_request":{}},{"number":7}]`,
		"Link", `<`+h.URL+`/repositories/1/issues?page=2>; rel="next", <`+h.URL+`/repositories/1/issues?page=3>; rel="last"`)
	h.on("GET /repositories/1/issues?page=2", `[{"number":6},{"number":5}]`, "Link", `<`+h.URL+`/repositories/1/issues?page=3>; rel="next"`)
	input := h.input(map[string]any{"state": "all", "labels": []string{"a", "b"}, "since": "2026-01-01T00:00:00Z", "limit": 3})
	out, err := piecetest.New(t).Action("list_issues", input)
	if err != nil {
		t.Fatal(err)
	}
	if got := numbers(t, out); !reflect.DeepEqual(got, []int{9, 7, 6}) {
		t.Errorf("got %v", got)
	}
	if len(h.asked) != 2 {
		t.Errorf("asked %v", h.asked)
	}
}

func TestATokenGoesToNoOtherServer(t *testing.T) {
	h := newHub(t)
	h.on("GET /repos/o/n/releases?per_page=30", `[]`, "Link", `<https://evil.example/steal>; rel="next"`)
	if out, err := piecetest.New(t).Action("list_releases", h.input(map[string]any{})); err != nil || len(out.([]any)) != 0 {
		t.Errorf("got %v (%v)", out, err)
	}
}

func TestRefusals(t *testing.T) {
	h := newHub(t)
	reset := fmt.Sprint(time.Now().Add(10 * time.Minute).Unix())
	for _, c := range []struct {
		status    int
		headers   map[string]string
		body      string
		code      string
		retry     func(time.Duration) bool
		inMessage string
	}{
		{401, nil, `{"message":"Bad credentials"}`, "unauthorized", isNone, "Bad credentials"},
		{403, nil, `{"message":"Resource not accessible by personal access token"}`, "unauthorized", isNone, "not accessible"},
		{403, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}, `{"message":"API rate limit exceeded"}`, "rate_limited", near(10 * time.Minute), "rate limit"},
		{429, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "12"}, `{}`, "rate_limited", near(time.Second), "429"},
		{403, map[string]string{"Retry-After": "7"}, `{"message":"You have exceeded a secondary rate limit"}`, "rate_limited", near(7 * time.Second), "secondary"},
		{403, nil, `{"message":"You have exceeded a secondary rate limit"}`, "rate_limited", near(time.Minute), "secondary"},
		{404, nil, `{"message":"Not Found"}`, "not_found", isNone, "Not Found"},
		{410, nil, `{"message":"Issues are disabled for this repo"}`, "gone", isNone, "disabled"},
		{422, nil, `{"message":"Validation Failed","errors":[{"resource":"Issue","field":"title","code":"missing_field"}]}`, "invalid_input", isNone, "Validation Failed; title missing field"},
		{502, nil, `<html>`, "upstream_error", func(d time.Duration) bool { return d == piece.AnyTime }, "502"},
		{409, nil, `{}`, "request_refused", isNone, "409"},
	} {
		h.answers["GET /repos/o/n/issues/1"] = func(w http.ResponseWriter, _ *http.Request) {
			for name, value := range c.headers {
				w.Header().Set(name, value)
			}
			w.WriteHeader(c.status)
			fmt.Fprint(w, c.body)
		}
		_, err := piecetest.New(t).Action("get_issue", h.input(map[string]any{"number": 1}))
		var refused *piece.Error
		if !errors.As(err, &refused) || refused.Code != c.code || !c.retry(refused.RetryAfter) || !strings.Contains(refused.Message, c.inMessage) {
			t.Errorf("%d %s: %+v", c.status, c.body, refused)
		}
	}
	for _, repository := range []string{"", "o", "o/n/x", "/n", "o/", "o/.."} {
		input := h.input(map[string]any{"number": 1})
		input.Props.(map[string]any)["repository"] = repository
		if _, err := piecetest.New(t).Action("get_issue", input); piecetest.CodeOf(err) != "invalid_input" {
			t.Errorf("%q: %v", repository, err)
		}
	}
	for _, limit := range []int{0, 1001} {
		if _, err := piecetest.New(t).Action("list_issues", h.input(map[string]any{"limit": limit})); piecetest.CodeOf(err) != "invalid_input" {
			t.Errorf("%d: %v", limit, err)
		}
	}
}

func isNone(d time.Duration) bool { return d == 0 }

func near(want time.Duration) func(time.Duration) bool {
	return func(d time.Duration) bool { return d > want-5*time.Second && d <= want+time.Second }
}

func TestCreateAndComment(t *testing.T) {
	h := newHub(t)
	sent := map[string]any{}
	take := func(answer string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			var body any
			_ = json.NewDecoder(r.Body).Decode(&body)
			sent[r.URL.Path] = body
			w.WriteHeader(201)
			fmt.Fprint(w, answer)
		}
	}
	h.answers["POST /repos/o/n/issues"] = take(`{"number":12,"title":"T","html_url":"u","user":{"login":"me"},"labels":[{"name":"bug"}]}`)
	h.answers["POST /repos/o/n/issues/12/comments"] = take(`{"id":5,"body":"hi","user":{"login":"me"}}`)
	outside := piecetest.New(t)
	made, err := outside.Action("create_issue", h.input(map[string]any{"title": "T", "body": "B", "labels": []string{"bug"}}))
	if err != nil || made.(map[string]any)["number"] != 12.0 || fmt.Sprint(made.(map[string]any)["labels"]) != "[bug]" {
		t.Errorf("made %v (%v)", made, err)
	}
	said, err := outside.Action("comment_issue", h.input(map[string]any{"number": 12, "body": "hi"}))
	if err != nil || said.(map[string]any)["id"] != 5.0 {
		t.Errorf("said %v (%v)", said, err)
	}
	want := map[string]any{
		"/repos/o/n/issues":             map[string]any{"title": "T", "body": "B", "labels": []any{"bug"}},
		"/repos/o/n/issues/12/comments": map[string]any{"body": "hi"},
	}
	if !reflect.DeepEqual(sent, want) {
		t.Errorf("sent %v", sent)
	}
}

func TestOptions(t *testing.T) {
	h := newHub(t)
	h.on("GET /user/repos?per_page=100&sort=pushed", `[{"full_name":"o/n"},{"full_name":"o/other"}]`)
	h.on("GET /repos/o/n/labels?per_page=100", `[{"name":"bug"},{"name":"question"}]`)
	for _, c := range []struct {
		path, search string
		want         string
	}{
		{"actions/get_issue/props/repository", "", "[o/n o/other]"},
		{"triggers/issue_event/props/repository", "OTH", "[o/other]"},
		{"actions/list_releases/props/repository", "golang/go", "[golang/go]"},
		{"actions/create_issue/props/labels", "", "[bug question]"},
	} {
		input := h.input(map[string]any{})
		input.Search = c.search
		out, err := piecetest.New(t).Resolve(c.path, input)
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		values := []any{}
		for _, option := range out.(map[string]any)["options"].([]any) {
			values = append(values, option.(map[string]any)["value"])
		}
		if fmt.Sprint(values) != c.want {
			t.Errorf("%s offers %v, wanted %s", c.path, values, c.want)
		}
	}
	if out, err := piecetest.New(t).Resolve("actions/get_issue/props/repository", piecetest.Input{}); err != nil || out.(map[string]any)["disabled"] != true {
		t.Errorf("without a connection: %v (%v)", out, err)
	}
}

func TestValidate(t *testing.T) {
	h := newHub(t)
	if _, err := piecetest.New(t).Resolve("auth/validate", h.input(map[string]any{})); piecetest.CodeOf(err) != "not_found" {
		t.Errorf("a server that is none: %v", err)
	}
	h.answers["GET /user"] = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(401)
		fmt.Fprint(w, `{"message":"Bad credentials"}`)
	}
	if out, err := piecetest.New(t).Resolve("auth/validate", h.input(map[string]any{})); err != nil || out.(map[string]any)["valid"] != false {
		t.Errorf("a bad token: %v (%v)", out, err)
	}
	h.on("GET /user", `{"login":"octocat"}`)
	if out, err := piecetest.New(t).Resolve("auth/identifier", h.input(map[string]any{})); err != nil || out != "octocat" {
		t.Errorf("identifier: %v (%v)", out, err)
	}
}

func TestSignatures(t *testing.T) {
	// GitHub's own example.
	const secret, body = "It's a Secret to Everybody", "Hello, World!"
	const signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
	if !isSigned([]byte(body), secret, signature) {
		t.Error("GitHub's own example is not taken")
	}
	for _, wrong := range []string{"", "sha256=", signature[:70], strings.TrimPrefix(signature, "sha256="), "sha1=" + signature[7:], strings.ToUpper(signature), signature + "00"} {
		if isSigned([]byte(body), secret, wrong) {
			t.Errorf("%q is taken", wrong)
		}
	}
	if isSigned([]byte(body+" "), secret, signature) || isSigned([]byte(body), "another", signature) {
		t.Error("another body or secret is taken")
	}
}
