package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ap-wasm/piece-go/fetch"
	"github.com/ap-wasm/piece-go/piece"
	"github.com/ap-wasm/piece-go/piecehttp"
)

type httpProps struct {
	URL       string            `json:"url" ap:"required"`
	Method    string            `json:"method" ap:"title=Method,required,default=GET,choices=GET|POST|PUT|DELETE|HEAD"`
	Headers   map[string]string `json:"headers" ap:"title=Headers"`
	Body      *string           `json:"body" ap:"title=Body,type=LONG_TEXT"`
	Redirect  string            `json:"redirect" ap:"title=Redirects,required,default=follow,choices=follow:Follow|manual:Hand out"`
	TimeoutMs *float64          `json:"timeoutMs" ap:"title=Timeout"`
	Check     bool              `json:"check" ap:"title=Refuse statuses,required,default=true"`
}

type httpAnswer struct {
	Status      int     `json:"status"`
	ContentType *string `json:"contentType"`
	Location    *string `json:"location"`
	Body        string  `json:"body"`
}

func request(ctx *piece.Context, in httpProps) (out httpAnswer, err error) {
	within, cancel := context.WithCancel(ctx)
	if in.TimeoutMs != nil {
		within, cancel = context.WithTimeout(ctx, time.Duration(*in.TimeoutMs*float64(time.Millisecond)))
	}
	defer cancel()
	q := fetch.Request{Method: in.Method, URL: in.URL, Header: in.Headers, Manual: in.Redirect == "manual"}
	if in.Body != nil {
		q.Body = []byte(*in.Body)
	}
	response, err := fetch.Do(within, q)
	if err != nil {
		return out, err
	}
	if in.Check {
		if err := response.OK(); err != nil {
			return out, err
		}
	}
	out.Status = response.Status
	out.ContentType, out.Location = header(response, "content-type"), header(response, "location")
	out.Body, err = response.Text()
	return out, err
}

func header(response *fetch.Response, name string) *string {
	if value, given := response.Header[name]; given {
		return &value
	}
	return nil
}

type httpAllProps struct {
	URLs []string `json:"urls" ap:"required"`
}

// requests uses net/http and goroutines, where request uses the small client.
func requests(ctx *piece.Context, in httpAllProps) ([]string, error) {
	bodies := make([]string, len(in.URLs))
	failures := make([]error, len(in.URLs))
	client := piecehttp.Client(ctx)
	var all sync.WaitGroup
	for i, url := range in.URLs {
		all.Go(func() { bodies[i], failures[i] = body(client, url) })
	}
	all.Wait()
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	return bodies, nil
}

func body(client *http.Client, url string) (string, error) {
	response, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return string(content), err
}

type stateProps struct {
	Op     string `json:"op" ap:"title=Operation,required,choices=get:Get|put:Put|delete:Delete|keys:Keys"`
	Scope  string `json:"scope" ap:"title=Scope,required,default=flow,choices=flow:Flow|project:Project"`
	Key    string `json:"key" ap:"title=Key,default=key"`
	Value  any    `json:"value" ap:"title=Value"`
	Prefix string `json:"prefix" ap:"title=Prefix"`
	After  string `json:"after" ap:"title=After"`
	Times  int    `json:"times" ap:"title=Times,required,default=1"`
}

func state(ctx *piece.Context, in stateProps) (found any, err error) {
	store := ctx.Store
	if in.Scope == "project" {
		store = ctx.ProjectStore
	}
	for range in.Times {
		switch in.Op {
		case "get":
			found = nil
			_, err = store.Get(in.Key, &found)
		case "put":
			err = store.Put(in.Key, in.Value)
		case "delete":
			err = store.Delete(in.Key)
		case "keys":
			found, err = store.Keys(in.Prefix, in.After)
		}
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

type writeProps struct {
	Name      string `json:"name" ap:"title=Name,required"`
	Text      string `json:"text" ap:"title=Text,required,type=LONG_TEXT"`
	MediaType string `json:"mediaType" ap:"title=Media type"`
	Times     int    `json:"times" ap:"title=Times,required,default=1"`
}

func writeFile(ctx *piece.Context, in writeProps) (reference *string, err error) {
	for range in.Times {
		written, err := ctx.Files.Write(in.Name, in.MediaType, []byte(in.Text))
		if err != nil {
			return nil, err
		}
		reference = &written
	}
	return reference, nil
}

type readProps struct {
	File      piece.File `json:"file" ap:"title=File,required"`
	Reference *string    `json:"reference" ap:"title=Another reference"`
	Offset    *int64     `json:"offset" ap:"title=Offset"`
	MaxBytes  *int       `json:"maxBytes" ap:"title=At most"`
}

func readFile(ctx *piece.Context, in readProps) (any, error) {
	content, err := in.content(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"filename": in.File.Filename, "mediaType": in.File.MediaType, "size": in.File.Size, "extension": nil,
		"text": string(content),
	}
	if extension := in.File.Extension(); extension != "" {
		out["extension"] = extension
	}
	return out, nil
}

func (in readProps) content(ctx *piece.Context) ([]byte, error) {
	if in.Reference == nil && in.Offset == nil && in.MaxBytes == nil {
		return in.File.Bytes()
	}
	reference, offset, most := in.File.Reference, int64(0), 1<<20
	if in.Reference != nil {
		reference = *in.Reference
	}
	if in.Offset != nil {
		offset = *in.Offset
	}
	if in.MaxBytes != nil {
		most = *in.MaxBytes
	}
	return ctx.Files.Read(reference, offset, most)
}

type steerProps struct {
	What string `json:"what" ap:"required,choices=info:Info|respond:Respond|twice:Respond twice|stop:Stop|stop_with:Stop with an answer|wait:Wait|webhook:Wait for a webhook"`
}

func steer(ctx *piece.Context, in steerProps) (any, error) {
	run := &ctx.Run
	if in.What == "info" {
		return info(ctx), nil
	}
	if run.Resuming {
		var resumed any
		err := run.Resumed(&resumed)
		return map[string]any{"resumed": resumed}, err
	}
	response := piece.Response{Status: 201, Headers: map[string]string{"x-a": "1"}, Body: map[string]int{"a": 1}}
	switch in.What {
	case "respond":
		return nil, run.Respond(response)
	case "twice":
		if err := run.Respond(response); err != nil {
			return nil, err
		}
		return nil, run.Respond(response)
	case "stop":
		return nil, run.Stop(nil)
	case "stop_with":
		return nil, run.Stop(&response)
	case "wait":
		return nil, run.WaitUntil(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	}
	return run.WaitForWebhook(&response)
}

func info(ctx *piece.Context) map[string]any {
	orNull := func(text string) any {
		if text == "" {
			return nil
		}
		return text
	}
	executionType := "BEGIN"
	if ctx.Run.Resuming {
		executionType = "RESUME"
	}
	_, hasDeadline := ctx.Deadline()
	return map[string]any{
		"id": ctx.Run.ID, "attempt": ctx.Run.Attempt, "testing": ctx.Run.Testing, "step": orNull(ctx.Run.StepName),
		"project": ctx.Run.ProjectID, "flow": orNull(ctx.Run.FlowID), "executionType": executionType, "hasDeadline": hasDeadline,
	}
}

type logProps struct {
	Chars *int `json:"chars" ap:"title=Characters of one line"`
}

func logLines(_ *piece.Context, in logProps) (any, error) {
	if in.Chars != nil {
		slog.Info(strings.Repeat("x", *in.Chars))
		return nil, nil
	}
	slog.Debug("a debug line")
	slog.Info("an info line: ünï 😀")
	slog.Warn("a warning")
	slog.Error("an error")
	return nil, nil
}

type environmentProps struct {
	Name string `json:"name" ap:"title=Name,required"`
}

func environment(_ *piece.Context, in environmentProps) (any, error) {
	if value, set := piece.Env(in.Name); set {
		return value, nil
	}
	return nil, nil
}

func defineOutside() {
	spec := func(title, description string) piece.Spec {
		return piece.Spec{Title: title, Description: description, NoAuth: true}
	}
	piece.Action("http", spec("HTTP request", "Sends one request and answers with what came back."), request)
	piece.Action("http_all", spec("Many requests at once", "Gets all addresses at the same time."), requests)
	piece.Action("state", spec("State", "Uses the store."), state)
	piece.Action("write_file", spec("Write a file", "Answers with the reference of the last file that it wrote."), writeFile)
	piece.Action("read_file", spec("Read a file", "Answers with what a file says, or a part of it."), readFile)
	piece.Action("steer", spec("Steer the run", "Answers, ends or pauses the run, or says what it knows of it."), steer)
	piece.Action("log", spec("Log", "Writes a line at each level, or one long line."), logLines)
	piece.Action("environment", spec("Environment", "Answers with a variable, or null."), environment)
}
