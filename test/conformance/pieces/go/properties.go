package main

import (
	"encoding/base64"

	"github.com/ap-wasm/piece-go/piece"
)

type echoProps struct {
	Value any `json:"value" ap:"title=Value"`
}

type row struct {
	Name  string   `json:"name" ap:"required"`
	Count *float64 `json:"count,omitempty" ap:"default=1"`
	Kind  any      `json:"kind,omitempty"`
}

func (row) Props() piece.Props {
	return piece.Props{"kind": {Options: func(*piece.Context, piece.Query) (piece.Dropdown, error) {
		return piece.Dropdown{Options: []piece.Option{{Label: "One", Value: 1}}}, nil
	}}}
}

type allProps struct {
	Short  *string          `json:"short,omitempty" ap:"required,default=x" doc:"A word."`
	Long   *string          `json:"long,omitempty" ap:"type=LONG_TEXT"`
	Rich   *string          `json:"rich,omitempty" ap:"type=RICH_TEXT"`
	Note   piece.Markdown   `json:"note,omitzero" ap:"variant=TIP" doc:"**Read** me"`
	Number *float64         `json:"number,omitempty"`
	Check  *bool            `json:"check,omitempty"`
	Moment *string          `json:"moment,omitempty" ap:"type=DATE_TIME"`
	Span   *piece.DateRange `json:"span,omitempty"`
	Color  *string          `json:"color,omitempty" ap:"type=COLOR"`
	File   *piece.File      `json:"file,omitempty"`
	JSON   any              `json:"json,omitempty"`
	Object map[string]any   `json:"object,omitzero"`
	List   []any            `json:"list,omitzero"`
	Rows   []row            `json:"rows,omitzero"`
	Mode   *string          `json:"mode,omitempty" ap:"required,default=fast,choices=fast:Fast|slow:Slow"`
	Levels []int            `json:"levels,omitzero" ap:"choices=1:One|2:Two|3:Three"`
	City   any              `json:"city,omitempty" ap:"refreshers=auth|mode,search"`
	Cities []any            `json:"cities,omitzero"`
	Fields map[string]any   `json:"fields,omitzero" ap:"refreshers=mode"`
}

func (allProps) Props() piece.Props {
	return piece.Props{"city": {Options: cityOptions}, "cities": {Options: citiesOptions}, "fields": {Dynamic: fieldsOf}}
}

func modeOf(query piece.Query) string {
	mode := "-"
	_, _ = query.Value("mode", &mode)
	return mode
}

func cityOptions(ctx *piece.Context, query piece.Query) (piece.Dropdown, error) {
	if ctx.Auth.Type == "" {
		return piece.Dropdown{Disabled: true, Placeholder: "connect first"}, nil
	}
	search := query.Search
	if search == "" {
		search = "-"
	}
	return piece.Dropdown{Options: []piece.Option{{Label: modeOf(query) + "/" + search, Value: map[string]int{"id": 7}}}}, nil
}

func citiesOptions(*piece.Context, piece.Query) (piece.Dropdown, error) {
	return piece.Dropdown{Options: []piece.Option{{Label: "Rome", Value: "rome"}, {Label: "Zürich", Value: "zuerich"}}}, nil
}

func fieldsOf(_ *piece.Context, query piece.Query) ([]piece.Prop, error) {
	mode := modeOf(query)
	return []piece.Prop{
		{Name: "size", Type: piece.Number, Title: "Size (" + mode + ")", Required: true},
		{Name: "unit", Title: "Unit", Options: func(*piece.Context, piece.Query) (piece.Dropdown, error) {
			return piece.Dropdown{Options: []piece.Option{{Label: "Metre (" + mode + ")", Value: "m"}}}, nil
		}},
	}, nil
}

// allValues is allProps with the content of the file in its place.
type allValues struct {
	allProps
	File *string `json:"file,omitempty"`
}

func all(_ *piece.Context, in allProps) (allValues, error) {
	out := allValues{allProps: in}
	if in.File == nil {
		return out, nil
	}
	content, err := in.File.Bytes()
	text := base64.StdEncoding.EncodeToString(content)
	out.File = &text
	return out, err
}

type defaultsProps struct {
	Short  *string          `json:"short,omitempty" ap:"default=short"`
	Long   *string          `json:"long,omitempty" ap:"type=LONG_TEXT"`
	Rich   *string          `json:"rich,omitempty" ap:"type=RICH_TEXT,default=<b>rich</b>"`
	Number *float64         `json:"number,omitempty" ap:"default=1.5"`
	Check  *bool            `json:"check,omitempty" ap:"default=true"`
	Moment *string          `json:"moment,omitempty" ap:"type=DATE_TIME,default=2026-01-31T12:00:00.000Z"`
	Span   *piece.DateRange `json:"span,omitempty"`
	Color  *string          `json:"color,omitempty" ap:"type=COLOR,default=#00ff00"`
	JSON   any              `json:"json,omitempty"`
	Object map[string]any   `json:"object,omitzero"`
	List   []any            `json:"list,omitzero"`
	Mode   *string          `json:"mode,omitempty" ap:"default=slow,choices=fast:Fast|slow:Slow"`
	Levels []int            `json:"levels,omitzero" ap:"choices=1:One|2:Two|3:Three"`
	City   any              `json:"city,omitempty"`
	Cities []any            `json:"cities,omitzero"`
	Fields map[string]any   `json:"fields,omitzero"`
}

func (defaultsProps) Props() piece.Props {
	rome := func(*piece.Context, piece.Query) (piece.Dropdown, error) {
		return piece.Dropdown{Options: []piece.Option{{Label: "Rome", Value: "rome"}}}, nil
	}
	return piece.Props{
		"long":   {Default: "long\ntext"},
		"span":   {Default: piece.DateRange{Preset: "last_7_days"}},
		"json":   {Default: map[string]any{"a": []any{1, nil}}},
		"object": {Default: map[string]string{"k": "v"}},
		"list":   {Default: []string{"a", "b"}},
		"levels": {Default: []int{1, 3}},
		"city":   {Default: "rome", Options: rome},
		"cities": {Default: []string{"rome"}, Options: rome},
		"fields": {Default: map[string]int{"size": 1}, Dynamic: func(*piece.Context, piece.Query) ([]piece.Prop, error) {
			return []piece.Prop{{Name: "size", Type: piece.Number, Title: "Size"}}, nil
		}},
	}
}

func defineProperties() {
	piece.Action("echo", piece.Spec{
		Title:       "Echo",
		Description: "Answers with the value that it was given.",
		NoAuth:      true,
	}, func(_ *piece.Context, in echoProps) (any, error) { return in.Value, nil })
	piece.Action("all", piece.Spec{
		Title:            "All properties",
		Description:      "Answers with the values of its properties.",
		NoAuth:           true,
		ErrorHandling:    &piece.ErrorHandling{RetryOnFailure: piece.Toggle{Default: true}, ContinueOnFailure: piece.Toggle{Hide: true}},
		OutputSchema:     &piece.OutputSchema{Fields: []piece.OutputField{{Key: "short", Label: "Short"}}, ItemLabel: "thing"},
		OutputJSONSchema: map[string]string{"type": "object"},
		SampleOutput:     map[string]string{"short": "x"},
		Audience:         piece.ForBoth,
		AI:               &piece.AI{Description: "Echoes.", Idempotent: true},
	}, all)
	piece.Action("defaults", piece.Spec{
		Title:       "Defaults",
		Description: "Answers with the values of its properties.",
		NoAuth:      true,
	}, func(_ *piece.Context, in defaultsProps) (defaultsProps, error) { return in, nil })
}
