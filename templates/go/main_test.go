package main

import (
	"net/http"
	"os"
	"reflect"
	"testing"

	"github.com/ap-wasm/piece-go/piecetest"
)

func TestMain(m *testing.M) {
	main() // defines the piece
	os.Exit(m.Run())
}

var testAuth = map[string]any{"type": "SECRET_TEXT", "secret_text": "test"}

// serve answers every request of the piece, and remembers the last one.
func serve(outside *piecetest.Outside, status int, body string) *http.Request {
	asked := &http.Request{}
	outside.RoundTrip = func(request *http.Request) (*http.Response, error) {
		*asked = *request
		return piecetest.Response(status, body), nil
	}
	return asked
}

func TestGetPostReadsAPostWithTheToken(t *testing.T) {
	outside := piecetest.New(t)
	asked := serve(outside, 200, `{"id": 7, "title": "Seven"}`)
	out, err := outside.Action("get_post", piecetest.Input{Props: map[string]any{"id": 7}, Auth: testAuth})
	if want := map[string]any{"id": 7.0, "title": "Seven"}; err != nil || !reflect.DeepEqual(out, want) {
		t.Errorf("got %v (%v), wanted %v", out, err, want)
	}
	if asked.URL.String() != base+"/posts/7" || asked.Header.Get("Authorization") != "Bearer test" {
		t.Errorf("asked %s with %v", asked.URL, asked.Header)
	}
}

func TestGetPostFailsWhenThereIsNoSuchPost(t *testing.T) {
	outside := piecetest.New(t)
	serve(outside, 404, "{}")
	_, err := outside.Action("get_post", piecetest.Input{Props: map[string]any{"id": 0}, Auth: testAuth})
	if piecetest.CodeOf(err) != "not_found" {
		t.Errorf("got %v", err)
	}
}

func TestGetPostNeedsANumber(t *testing.T) {
	_, err := piecetest.New(t).Action("get_post", piecetest.Input{Props: map[string]any{"id": "seven"}, Auth: testAuth})
	if piecetest.CodeOf(err) != "invalid_input" || err.Error() != "props.id must be a number" {
		t.Errorf("got %v", err)
	}
}

func TestCountWords(t *testing.T) {
	want := wordCount{6, []count{{"be", 2}, {"to", 2}, {"not", 1}, {"or", 1}}}
	if got := countWords("to be, or not to be", "frequency"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, wanted %v", got, want)
	}
}

func TestNewPostGivesWhatCameAfterItWasEnabled(t *testing.T) {
	outside := piecetest.New(t)
	serve(outside, 200, `[{"id": 2}, {"id": 1}]`)
	if _, err := outside.Trigger("new_post", piecetest.OnEnable, piecetest.Input{Auth: testAuth}); err != nil {
		t.Fatal(err)
	}
	if outside.Store["flow/lastItem"] != "2" {
		t.Errorf("kept %v", outside.Store)
	}
	serve(outside, 200, `[{"id": 3}, {"id": 2}, {"id": 1}]`)
	items, err := outside.Trigger("new_post", piecetest.Run, piecetest.Input{Auth: testAuth})
	if want := []any{map[string]any{"id": 3.0}}; err != nil || !reflect.DeepEqual(items, want) {
		t.Errorf("got %v (%v), wanted %v", items, err, want)
	}
}

func TestAuthorOffersTheUsers(t *testing.T) {
	outside := piecetest.New(t)
	serve(outside, 200, `[{"id": 1, "name": "Ann"}]`)
	out, err := outside.Resolve("triggers/new_post/props/author", piecetest.Input{Auth: testAuth})
	want := map[string]any{"options": []any{map[string]any{"label": "Ann", "value": 1.0}}}
	if err != nil || !reflect.DeepEqual(out, want) {
		t.Errorf("got %v (%v), wanted %v", out, err, want)
	}
}
