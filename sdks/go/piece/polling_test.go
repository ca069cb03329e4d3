package piece

import (
	"context"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ap-wasm/piece-go/internal/abi"
)

type pollingStep struct {
	Hook   string          `json:"hook"`
	Now    int64           `json:"now"`
	Items  []polledItem    `json:"items"`
	Asked  json.RawMessage `json:"asked"`
	Output json.RawMessage `json:"output"`
	Store  map[string]any  `json:"store"`
}

type polledItem struct {
	At   int64 `json:"at"`
	ID   any   `json:"id"`
	Data any   `json:"data"`
}

func TestPolling(t *testing.T) {
	text, err := os.ReadFile("../../../test/conformance/polling.json")
	if os.IsNotExist(err) {
		t.Skip("the vectors are in the repository, not in the module")
	}
	var vectors struct {
		Cases []struct {
			Name, Strategy string
			MaxItems       int
			Store          map[string]any
			Steps          []pollingStep
		}
	}
	must(t, json.Unmarshal(text, &vectors))
	defer func() { now = time.Now }()
	for _, v := range vectors.Cases {
		t.Run(v.Name, func(t *testing.T) {
			abi.Current = abi.NewOutside()
			store := &Store{abi.Flow}
			for key, value := range v.Store {
				must(t, store.Put(key, value))
			}
			for _, step := range v.Steps {
				now = func() time.Time { return time.UnixMilli(step.Now) }
				var asked []any
				var kind Kind
				if v.Strategy == "timebased" {
					kind = ByTime[struct{}, polledItem]{
						Items: func(ctx *Context, _ struct{}) ([]polledItem, error) {
							asked = append(asked, float64(ctx.LastPoll.UnixMilli()))
							return step.Items, nil
						},
						At: func(item polledItem) time.Time { return time.UnixMilli(item.At) },
					}
				} else {
					kind = ByItem[struct{}, polledItem, any]{
						Items: func(ctx *Context, _ struct{}) ([]polledItem, error) {
							var last any
							if ctx.LastItem != nil {
								must(t, json.Unmarshal(ctx.LastItem, &last))
							}
							asked = append(asked, last)
							return step.Items, nil
						},
						ID:  func(item polledItem) any { return item.ID },
						Max: func(struct{}) int { return v.MaxItems },
					}
				}
				takeStep(t, kind, step, store, &asked)
			}
		})
	}
}

func takeStep(t *testing.T, kind Kind, step pollingStep, store *Store, asked *[]any) {
	t.Helper()
	hooks := map[string]abi.Hook{"on-enable": abi.OnEnable, "on-disable": abi.OnDisable, "run": abi.Run, "test": abi.Test}
	c := &callable{trigger: kind.trigger()}
	props := reflect.New(reflect.TypeFor[struct{}]()).Elem()
	output, err := c.at(hooks[step.Hook], &Context{Context: context.Background(), Store: store}, props)
	must(t, err)
	var wanted []any
	if step.Asked != nil {
		wanted = []any{parsed(t, step.Asked)}
	}
	if !reflect.DeepEqual(*asked, wanted) {
		t.Errorf("%s asked %v, wanted %v", step.Hook, *asked, wanted)
	}
	if step.Output != nil {
		data := []any{}
		for _, item := range output.([]polledItem) {
			data = append(data, item.Data)
		}
		if !reflect.DeepEqual(data, parsed(t, step.Output)) {
			t.Errorf("%s gave %v, wanted %s", step.Hook, data, step.Output)
		}
	}
	kept := map[string]any{}
	for key, text := range abi.Current.Store {
		kept[strings.TrimPrefix(key, "flow/")] = parsed(t, []byte(text))
	}
	if !reflect.DeepEqual(kept, step.Store) {
		t.Errorf("%s kept %v, wanted %v", step.Hook, kept, step.Store)
	}
}
