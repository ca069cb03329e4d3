package piecetest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ap-wasm/piece-go/fetch"
	"github.com/ap-wasm/piece-go/piece"
	"github.com/ap-wasm/piece-go/piecehttp"
	"github.com/ap-wasm/piece-go/piecetest"
)

type askProps struct {
	What string      `json:"what" ap:"required"`
	File *piece.File `json:"file"`
	URL  string      `json:"url"`
}

func (askProps) Props() piece.Props {
	return piece.Props{"what": {Options: func(ctx *piece.Context, q piece.Query) (piece.Dropdown, error) {
		var url string
		given, err := q.Value("url", &url)
		return piece.Dropdown{Options: []piece.Option{{Label: fmt.Sprintf("%s/%v/%s/%s", url, given, q.Search, ctx.Auth.Secret()), Value: 1}}}, err
	}}}
}

func ask(ctx *piece.Context, in askProps) (any, error) {
	response := piece.Response{Status: 201, Body: "b"}
	switch in.What {
	case "respond":
		return nil, ctx.Run.Respond(response)
	case "stop":
		return nil, ctx.Run.Stop(nil)
	case "wait":
		return nil, ctx.Run.WaitUntil(time.UnixMilli(5000))
	case "wait before time":
		return nil, ctx.Run.WaitUntil(time.UnixMilli(-5000))
	case "webhook":
		return ctx.Run.WaitForWebhook(&response)
	case "resumed":
		var sent map[string]int
		err := ctx.Run.Resumed(&sent)
		return []any{ctx.Run.Resuming, sent}, err
	case "store":
		must(ctx.Store.Put("a", map[string]int{"n": 1}))
		must(ctx.ProjectStore.Put("b", 2))
		var n int
		found, err := ctx.ProjectStore.Get("b", &n)
		must(err)
		missing, err := ctx.Store.Get("b", &n)
		must(err)
		keys, err := ctx.Store.Keys("", "")
		return []any{n, found, missing, keys}, err
	case "write":
		return ctx.Files.Write("a.csv", "", []byte("x,y"))
	case "read":
		content, err := in.File.Bytes()
		return []string{in.File.Extension(), string(content)}, err
	case "read what is not there":
		_, err := ctx.Files.Read("nothing", 0, 1)
		return nil, err
	case "read before the begin":
		_, err := ctx.Files.Read("nothing", -1, 1)
		return nil, err
	case "fetch":
		response, err := fetch.Get(ctx, in.URL, fetch.Bearer("t"))
		if err != nil {
			return nil, err
		}
		return response.Text()
	case "post":
		response, err := fetch.Post(ctx, in.URL, map[string]int{"a": 1})
		if err != nil {
			return nil, err
		}
		return response.Text()
	case "manual":
		response, err := fetch.Do(ctx, fetch.Request{URL: in.URL, Manual: true})
		if err != nil {
			return nil, err
		}
		return []any{response.Status, response.Header["location"]}, nil
	case "net/http":
		request, err := http.NewRequest(http.MethodGet, in.URL, nil)
		must(err)
		request.Header.Set("Authorization", "Bearer t")
		response, err := piecehttp.Client(ctx).Do(request)
		if err != nil {
			return nil, err
		}
		if err := piecehttp.OK(response); err != nil {
			return nil, err
		}
		content, err := io.ReadAll(response.Body)
		return string(content), err
	case "patience":
		client := piecehttp.Client(ctx)
		client.Timeout = 20 * time.Millisecond
		_, err := client.Get(in.URL)
		return nil, err
	case "refuse":
		return nil, fmt.Errorf("wrapped: %w", &piece.Error{Code: "no_such_thing", Message: "There is none.", RetryAfter: 1500 * time.Microsecond, Detail: []int{1}})
	case "error":
		return nil, fmt.Errorf("outer: %w", errors.New("inner"))
	case "panic":
		var none map[string]int
		none["a"] = 1
	case "nil pointer in MarshalJSON":
		return broken{}, nil
	case "a function":
		return func() {}, nil
	}
	return ctx.Run.ID, nil
}

type broken struct{}

func (broken) MarshalJSON() ([]byte, error) { panic("in MarshalJSON") }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

type account struct {
	URL string       `json:"url" ap:"required"`
	Key piece.Secret `json:"key" ap:"default=k"`
}

func TestMain(m *testing.M) {
	piece.Define(piece.Info{
		Title: "Calls",
		Auth: []piece.Auth{
			piece.SecretText{Validate: func(ctx *piece.Context) error {
				switch ctx.Auth.Secret() {
				case "good":
					return nil
				case "bad":
					return piece.Invalid("the token is not accepted")
				}
				return errors.New("cannot be found out")
			}},
			piece.CustomAuth{Props: account{}, Identifier: func(ctx *piece.Context) (string, error) {
				var a account
				err := ctx.Auth.Props(&a)
				return a.URL + " " + string(a.Key), err
			}},
			piece.OAuth2{},
		},
		Events: &piece.Events{
			Verify: func(_ *piece.Context, p piece.Payload, secret string) (bool, error) {
				return string(p.RawBody()) == secret, nil
			},
		},
	})
	piece.Action("ask", piece.Spec{Title: "Ask", NoAuth: true}, ask)
	piece.Action("connected", piece.Spec{Title: "Connected"}, func(ctx *piece.Context, _ struct{}) (string, error) {
		return ctx.Auth.AccessToken(), nil
	})
	piece.Trigger("hooks", piece.Spec{Title: "Hooks", NoAuth: true}, piece.Webhook[struct{}, int]{
		Hooks: piece.Hooks[struct{}, int]{Run: func(*piece.Context, struct{}) ([]int, error) { return nil, nil }},
	})
	piece.Trigger("many", piece.Spec{Title: "Many", NoAuth: true}, piece.Poller[struct{}, int]{
		OnEnable: func(ctx *piece.Context, _ struct{}) error { ctx.Cron("0 * * * *", ""); return nil },
		Run:      func(*piece.Context, struct{}) ([]int, error) { return []int{1, 2, 3, 4, 5, 6, 7}, nil },
	})
	os.Exit(m.Run())
}

func props(what string) piecetest.Input { return piecetest.Input{Props: map[string]any{"what": what}} }

func TestAsks(t *testing.T) {
	outside := piecetest.New(t)
	outside.Files["f"] = piecetest.File{Name: "a.tar.gz", Content: []byte(strings.Repeat("x", 1<<20+1))}
	file := map[string]any{"filename": "a.tar.gz", "mediaType": "text/plain", "size": 2, "reference": "f"}
	resuming := props("resumed")
	resuming.Run = map[string]any{"executionType": "RESUME", "resumePayload": map[string]any{"a": 1}}
	for what, want := range map[string]any{
		"respond": nil, "stop": nil, "wait": nil,
		"webhook": "http://localhost/resume",
		"resumed": []any{false, nil},
		"store":   []any{2.0, true, false, []any{"a"}},
		"other":   "",
	} {
		if got, err := outside.Action("ask", props(what)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v (%v), wanted %v", what, got, err, want)
		}
	}
	if got, err := outside.Action("ask", resuming); err != nil || !reflect.DeepEqual(got, []any{true, map[string]any{"a": 1.0}}) {
		t.Errorf("resumed: %v (%v)", got, err)
	}
	read, err := outside.Action("ask", piecetest.Input{Props: map[string]any{"what": "read", "file": file}})
	if err != nil || !reflect.DeepEqual(read, []any{"gz", strings.Repeat("x", 1<<20+1)}) {
		t.Errorf("read: %v", err)
	}
	reference, err := outside.Action("ask", props("write"))
	if written := outside.Files[fmt.Sprint(reference)]; err != nil || written.MediaType != "text/csv" || string(written.Content) != "x,y" {
		t.Errorf("wrote %v (%v)", written, err)
	}
	if outside.Store["flow/a"] != `{"n":1}` || outside.Store["project/b"] != "2" {
		t.Errorf("kept %v", outside.Store)
	}
	kinds := map[string]piecetest.Request{}
	for _, request := range outside.Requests() {
		kinds[request.Kind] = request
	}
	answer := map[string]any{"status": 201.0, "body": "b"}
	want := map[string]piecetest.Request{
		"respond": {Kind: "respond", Response: answer}, "stop": {Kind: "stop"},
		"waitUntil": {Kind: "waitUntil", Until: time.UnixMilli(5000)}, "waitForWebhook": {Kind: "waitForWebhook", Response: answer},
	}
	if !reflect.DeepEqual(kinds, want) {
		t.Errorf("asked %v", kinds)
	}
}

func TestFailures(t *testing.T) {
	outside := piecetest.New(t)
	for what, want := range map[string]struct{ code, message string }{
		"refuse":                     {"no_such_thing", "There is none."},
		"error":                      {"internal_error", "outer: inner ("},
		"panic":                      {"internal_error", "panic: assignment to entry in nil map"},
		"nil pointer in MarshalJSON": {"internal_error", "panic: in MarshalJSON"},
		"a function":                 {"internal_error", "the result cannot be written as JSON"},
		"read what is not there":     {"not_found", `no file "nothing" was given to this call`},
		"read before the begin":      {"invalid_input", "offset and max must not be negative"},
		"wait before time":           {"invalid_input", "the moment to wait for is before 1970"},
	} {
		_, err := outside.Action("ask", props(what))
		if piecetest.CodeOf(err) != want.code || !strings.HasPrefix(err.Error(), want.message) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := outside.Action("ask", props("refuse"))
	var refused *piece.Error
	if errors.As(err, &refused); refused.RetryAfter != 2*time.Millisecond || !reflect.DeepEqual(refused.Detail, []any{1.0}) {
		t.Errorf("refused with %+v", refused)
	}
	_, err = outside.Action("ask", props("error"))
	errors.As(err, &refused)
	detail := fmt.Sprint(refused.Detail)
	if !strings.Contains(detail, "*fmt.wrapError: outer: inner\n*errors.errorString: inner\n") || !strings.Contains(detail, "calls_test.go") {
		t.Errorf("an error's detail is %s", detail)
	}
	for name, call := range map[string]func() (any, error){
		"unknown_action":  func() (any, error) { return outside.Action("nope", piecetest.Input{}) },
		"unknown_trigger": func() (any, error) { return outside.Trigger("nope", piecetest.Run, piecetest.Input{}) },
		"unknown_path":    func() (any, error) { return outside.Resolve("actions/ask/props/url", piecetest.Input{}) },
		"invalid_input":   func() (any, error) { return outside.Action("connected", piecetest.Input{}) },
	} {
		if _, err := call(); piecetest.CodeOf(err) != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTriggers(t *testing.T) {
	outside := piecetest.New(t)
	for _, c := range []struct {
		name string
		hook piecetest.Hook
		want any
	}{
		{"hooks", piecetest.Run, []any{}},
		{"hooks", piecetest.Test, []any{}},
		{"hooks", piecetest.OnEnable, nil},
		{"hooks", piecetest.OnDisable, nil},
		{"hooks", piecetest.OnRenew, nil},
		{"hooks", piecetest.OnStart, nil},
		{"hooks", piecetest.Handshake, map[string]any{"status": 200.0}},
		{"many", piecetest.OnEnable, map[string]any{"schedule": map[string]any{"cronExpression": "0 * * * *"}}},
		{"many", piecetest.Test, []any{1.0, 2.0, 3.0, 4.0, 5.0}},
	} {
		if got, err := outside.Trigger(c.name, c.hook, piecetest.Input{}); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s at %d: %v (%v), wanted %v", c.name, c.hook, got, err, c.want)
		}
	}
}

func TestResolve(t *testing.T) {
	outside := piecetest.New(t)
	secret := func(text string) map[string]any { return map[string]any{"type": "SECRET_TEXT", "secret_text": text} }
	custom := map[string]any{"type": "CUSTOM_AUTH", "props": map[string]any{"url": "u"}}
	options := func(label string) any {
		return map[string]any{"options": []any{map[string]any{"label": label, "value": 1.0}}}
	}
	for _, c := range []struct {
		path  string
		input piecetest.Input
		want  any
	}{
		{"actions/ask/props/what", piecetest.Input{}, options("/false//")},
		{"actions/ask/props/what", piecetest.Input{Props: map[string]any{"url": "u"}, Search: "s", Auth: secret("t")}, options("u/true/s/t")},
		{"auth/validate", piecetest.Input{Auth: secret("good")}, map[string]any{"valid": true}},
		{"auth/validate", piecetest.Input{Auth: secret("bad")}, map[string]any{"valid": false, "error": "the token is not accepted"}},
		{"auth/validate", piecetest.Input{Auth: map[string]any{"type": "PLATFORM_OAUTH2"}}, map[string]any{"valid": true}},
		{"auth/identifier", piecetest.Input{Auth: custom}, "u k"},
		{"events/verify", piecetest.Input{Payload: &piecetest.Payload{RawBody: "s"}, Secret: "s"}, true},
		{"events/verify", piecetest.Input{Secret: "s"}, false},
	} {
		got, err := outside.Resolve(c.path, c.input)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v (%v), wanted %v", c.path, got, err, c.want)
		}
	}
	for path, code := range map[string]string{
		"": "unknown_path", "actions/ask": "unknown_path", "actions/ask/other/what": "unknown_path", "auth/refresh": "unknown_path",
		"actions/nope/props/what": "unknown_path", "actions/ask/props/what/inner": "unknown_path", "events/parse": "unknown_path",
	} {
		if _, err := outside.Resolve(path, piecetest.Input{Auth: secret("good")}); piecetest.CodeOf(err) != code {
			t.Errorf("%q: %v", path, err)
		}
	}
	for code, auth := range map[string]map[string]any{
		"invalid_input": {"type": "OTHER"}, "internal_error": secret("unclear"),
	} {
		if _, err := outside.Resolve("auth/validate", piecetest.Input{Auth: auth}); piecetest.CodeOf(err) != code {
			t.Errorf("%v: %v", auth, err)
		}
	}
}

// A real server, and another one that redirects lead to.
func TestHTTP(t *testing.T) {
	outside := piecetest.New(t)
	echo := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s [%s] %s %s", r.Method, r.URL.Path, r.Header.Get("Authorization"), body, r.Header.Get("Content-Type"), r.Header.Get("User-Agent"))
	}
	other := httptest.NewServer(http.HandlerFunc(echo))
	defer other.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", echo)
	for path, to := range map[string]string{"/here": "echo", "/away": other.URL + "/landed", "/round": "/round"} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(map[string]int{"/here": 303, "/away": 307, "/round": 302}[path])
		})
	}
	mux.HandleFunc("/pause", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "7")
		http.Error(w, strings.Repeat("ü", 3000), 429)
	})
	for path, status := range map[string]int{"/401": 401, "/404": 404, "/418": 418, "/503": 503, "/500": 500} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { http.Error(w, "why", status) })
	}
	mux.HandleFunc("/never", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewServer(mux)
	defer server.Close()
	closed := httptest.NewServer(mux)
	closed.Close()

	call := func(what, url string) (any, error) {
		return outside.Action("ask", piecetest.Input{Props: map[string]any{"what": what, "url": url}})
	}
	for _, c := range []struct {
		what, path string
		want       any
	}{
		{"fetch", "/echo", "GET /echo Bearer t []  ap-wasm"},
		{"fetch", "/here", "GET /echo Bearer t []  ap-wasm"},
		{"fetch", "/away", "GET /landed  []  ap-wasm"},
		{"post", "/echo", `POST /echo  [{"a":1}] application/json ap-wasm`},
		{"post", "/here", "GET /echo  []  ap-wasm"},
		{"post", "/away", `POST /landed  [{"a":1}] application/json ap-wasm`},
		{"manual", "/here", []any{303.0, "echo"}},
		{"net/http", "/here", "GET /echo Bearer t []  Go-http-client/1.1"},
		{"net/http", "/away", "GET /landed  []  Go-http-client/1.1"},
	} {
		if got, err := call(c.what, server.URL+c.path); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s %s: %v (%v), wanted %v", c.what, c.path, got, err, c.want)
		}
	}
	for _, what := range []string{"fetch", "net/http"} {
		for path, want := range map[string]piece.Error{
			"/401": {Code: "unauthorized"}, "/404": {Code: "not_found"}, "/418": {Code: "request_refused"},
			"/500": {Code: "upstream_error"}, "/503": {Code: "upstream_error", RetryAfter: piece.AnyTime},
			"/pause": {Code: "rate_limited", RetryAfter: 7 * time.Second},
		} {
			_, err := call(what, server.URL+path)
			var failed *piece.Error
			if !errors.As(err, &failed) || failed.Code != want.Code || failed.RetryAfter != want.RetryAfter || !strings.HasPrefix(failed.Message, server.URL+" answered ") {
				t.Errorf("%s %s: %+v", what, path, err)
			} else if body := failed.Detail.(map[string]any)["body"].(string); len([]rune(body)) > 2000 {
				t.Errorf("%s %s keeps %d characters", what, path, len([]rune(body)))
			}
		}
		if _, err := call(what, server.URL+"/round"); piecetest.CodeOf(err) != "upstream_error" || !strings.Contains(err.Error(), "redirects more than 5 times") {
			t.Errorf("%s round: %v", what, err)
		}
	}
	for url, code := range map[string]string{
		closed.URL: "connection_refused", "ftp://example.com/": "invalid_input", "nonsense": "invalid_input",
		"http://user:word@example.com/": "invalid_input", "http://a b/": "invalid_input",
	} {
		if _, err := call("fetch", url); piecetest.CodeOf(err) != code {
			t.Errorf("%s: %v", url, err)
		}
	}
	if _, err := call("patience", server.URL+"/never"); piecetest.CodeOf(err) != "timeout" {
		t.Errorf("patience: %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	at := time.Unix(4, 0)
	for header, want := range map[string]time.Duration{
		"3": 3 * time.Second, " 3 ": 3 * time.Second, "Thu, 01 Jan 1970 00:00:10 GMT": 6 * time.Second,
		"Thu, 01 Jan 1970 00:00:01 GMT": 0, "": -1, "soon": -1, "-3": -1, "1.5": -1,
	} {
		pause, ok := piece.RetryAfter(header, at)
		if !ok {
			pause = -1
		}
		if pause != want {
			t.Errorf("%q: %v, wanted %v", header, pause, want)
		}
	}
}

func TestDescribes(t *testing.T) {
	description, err := piecetest.Describe()
	if err != nil || !strings.HasPrefix(description, `{"contract":"0.1","encoding":"json","sdk":{"language":"go","version":"`+piece.Version+`"}`) {
		t.Errorf("got %s (%v)", description, err)
	}
}
