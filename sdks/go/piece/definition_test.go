package piece

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// begin forgets what other tests have defined.
func begin(t *testing.T) {
	before := defined
	defined = definition{}
	t.Cleanup(func() { defined = before })
}

type misspelt struct {
	A string `json:"a" ap:"titel=A"`
	B int    `json:"b" ap:"default=many"`
	C string `json:"auth"`
	D string `json:"d e"`
	E string `json:"e" ap:"refreshers=nothing"`
	F func() `json:"f"`
	G Secret `json:"g"`
}

func (misspelt) Props() Props { return Props{"h": {Title: "H"}} }

type listed struct {
	Rows []struct {
		Inner []string `json:"inner"`
	} `json:"rows"`
}

type unsafeAuth struct {
	List []string `json:"list"`
}

// A definition that is wrong is told as a whole, in the author's own terms.
func TestProblems(t *testing.T) {
	begin(t)
	Define(Info{Title: "P", Auth: []Auth{SecretText{}, SecretText{}, CustomAuth{Props: unsafeAuth{}}}})
	Define(Info{Title: "P"})
	nothing := func(*Context, misspelt) (any, error) { return nil, nil }
	Action("1st", Spec{}, nothing)
	Action("twice", Spec{Title: "T"}, func(*Context, struct{}) (any, error) { return nil, nil })
	Action("twice", Spec{Title: "T"}, func(*Context, int) (any, error) { return nil, nil })
	Action("points", Spec{Title: "T"}, func(*Context, struct{ *common }) (any, error) { return nil, nil })
	Action("rows", Spec{Title: "T"}, func(*Context, listed) (any, error) { return nil, nil })
	Trigger("empty", Spec{Title: "T"}, Webhook[struct{}, any]{})
	Trigger("half", Spec{Title: "T"}, ByItem[struct{}, any, any]{})
	_, f := handleDescribe()
	if f == nil || f.Code != "invalid_definition" {
		t.Fatalf("got %v", f)
	}
	for _, want := range []string{
		"Auth: there are two connections of type SECRET_TEXT; each type may stand once",
		"Auth CUSTOM_AUTH: unsafeAuth.List: a field of type []string cannot be a property here",
		"piece: Define is called twice",
		`action: "1st" is no name: a letter or _, then up to 63 letters, digits, _ or -`,
		"action 1st: has no Title",
		`action 1st: misspelt.A: its ap tag holds "titel=A", which means nothing; a text with commas belongs into the doc tag`,
		`action 1st: misspelt.B: its default "many" does not fit int`,
		"action 1st: misspelt.C: the name auth is reserved for the connection",
		`action 1st: misspelt.D: "d e" is no name`,
		`action 1st: misspelt.e: its refresher "nothing" is neither auth nor another property`,
		"action 1st: misspelt.F: a field of type func() cannot be a property here",
		"action 1st: misspelt.G: a field of type piece.Secret cannot be a property here",
		`action 1st: misspelt.Props: there is no field with the name "h"`,
		"action twice: there are two of that name",
		"action twice: its properties must be the fields of a struct; int is none",
		"action points: struct.common: embed the struct itself, not a pointer to it",
		"action rows: rows: struct.Inner: a field of type []string cannot be a property here",
		"trigger empty: has no Run",
		"trigger half: needs Items and ID",
	} {
		if !strings.Contains(f.Message, "\n  "+want) {
			t.Errorf("%q is not told in\n%s", want, f.Message)
		}
	}
}

func TestNothingDefined(t *testing.T) {
	begin(t)
	if _, f := handleDescribe(); f == nil || !strings.Contains(f.Message, "piece.Define is not called") {
		t.Errorf("got %v", f)
	}
}

func TestNames(t *testing.T) {
	for name, is := range map[string]bool{
		"a": true, "_": true, "Ab_9-": true, strings.Repeat("a", 64): true,
		"": false, "9a": false, "-a": false, "a b": false, "ä": false, "a.b": false, strings.Repeat("a", 65): false,
	} {
		if isName(name) != is {
			t.Errorf("%q: %v", name, !is)
		}
	}
}

type level int

func (level) Choices() []Option { return []Option{{"One", 1}, {"Two", 2}} }

type common struct {
	Shared string `json:"shared" ap:"default=x"`
}

type embedding struct {
	common
	Level  level    `json:"level" ap:"required"`
	Levels []level  `json:"levels"`
	Number *uint8   `json:"number"`
	Left   string   `json:"-"`
	Pairs  []*pair  `json:"pairs"`
	File   *File    `json:"file"`
	Tags   []string `json:"tags" ap:"default=[\"a\"]"`
}

type pair struct {
	Key string `json:"key" ap:"required"`
	Val int    `json:"val" ap:"default=3"`
}

// Values of properties as a struct has them, and every wrong one by its path.
func TestRead(t *testing.T) {
	form := formOf(reflect.TypeFor[embedding](), inProps)
	if problems := form.problems(); problems != nil {
		t.Fatal(problems)
	}
	eight := uint8(8)
	file := File{Filename: "a.txt", MediaType: "text/plain", Size: 2, Reference: "r"}
	for given, want := range map[string]embedding{
		`{"level":2}`: {common: common{"x"}, Level: 2, Tags: []string{"a"}},
		`{"shared":"y","level":1,"levels":[1,2],"number":"8","pairs":[{"key":"k"},{"key":"l","val":"4"}],"tags":[],"other":1}`: {
			common: common{"y"}, Level: 1, Levels: []level{1, 2}, Number: &eight, Pairs: []*pair{{"k", 3}, {"l", 4}}, Tags: []string{},
		},
		`{"level":1,"number":null,"file":{"filename":"a.txt","mediaType":"text/plain","size":2,"reference":"r"}}`: {
			common: common{"x"}, Level: 1, File: &file, Tags: []string{"a"},
		},
	} {
		in := &callInput{JSON, map[string][]byte{"props": []byte(given)}}
		read, err := in.readProps(form)
		if err != nil || !reflect.DeepEqual(read.Interface(), want) {
			t.Errorf("%s\nread %+v (%v), wanted %+v", given, read, err, want)
		}
	}
	for given, want := range map[string]string{
		`{}`:                                    "props.level is required",
		`[]`:                                    "props must be an object",
		`{"level":1,"number":300}`:              "props.number must be a number that fits uint8",
		`{"level":1,"number":1.5}`:              "props.number must be a number that fits uint8",
		`{"level":1,"number":"x"}`:              "props.number must be a number",
		`{"level":1,"shared":1}`:                "props.shared must be text",
		`{"level":1,"pairs":{}}`:                "props.pairs must be a list",
		`{"level":1,"pairs":[{"val":1},1]}`:     "props.pairs[0].key is required; props.pairs[1] must be an object",
		`{"shared":false,"level":1,"tags":"a"}`: "props.shared must be text; props.tags must be a list",
		`{"level":1,"file":{"filename":"x"}}`:   "props.file must be a file",
	} {
		in := &callInput{JSON, map[string][]byte{"props": []byte(given)}}
		_, err := in.readProps(form)
		var refused *Error
		if !errors.As(err, &refused) || refused.Code != "invalid_input" || refused.Message != want {
			t.Errorf("%s\ngot %v, wanted %s", given, err, want)
		}
	}
}

func TestDescriptionKeepsTheOrder(t *testing.T) {
	begin(t)
	Define(Info{Title: "P"})
	Action("z", Spec{Title: "Z"}, func(*Context, embedding) (any, error) { return nil, nil })
	Action("a", Spec{Title: "A"}, func(*Context, struct{}) (any, error) { return nil, nil })
	description, f := handleDescribe()
	if f != nil {
		t.Fatal(f)
	}
	at := -1
	for _, name := range []string{`"z":`, `"shared":`, `"level":`, `"levels":`, `"number":`, `"pairs":`, `"key":`, `"val":`, `"file":`, `"tags":`, `"a":`} {
		next := strings.Index(description, name)
		if next < at {
			t.Errorf("%s does not stand in its place", name)
		}
		at = next
	}
}
