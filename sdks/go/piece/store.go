package piece

import (
	"encoding/json"

	"github.com/ap-wasm/piece-go/internal/abi"
)

// Store is state of this piece that outlives the call, kept as JSON text: a piece in another language can read it.
type Store struct{ scope abi.Scope }

// Get decodes a value by its json tags; found is false, and into unchanged, where there is none.
func (s *Store) Get(key string, into any) (found bool, err error) {
	value, found, f := abi.StoreGet(s.scope, key)
	if f != nil || !found {
		return false, hostError(f)
	}
	return true, json.Unmarshal(value, into)
}

// Put keeps a value.
func (s *Store) Put(key string, value any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return hostError(abi.StorePut(s.scope, key, encoded))
}

// Delete forgets a value; there need be none.
func (s *Store) Delete(key string) error { return hostError(abi.StoreDelete(s.scope, key)) }

// Keys are those that begin with prefix and come after the one given (empty: from the first), in order; at most 1,000.
func (s *Store) Keys(prefix, after string) ([]string, error) {
	var last *string
	if after != "" {
		last = &after
	}
	keys, f := abi.StoreKeys(s.scope, prefix, last)
	return keys, hostError(f)
}
