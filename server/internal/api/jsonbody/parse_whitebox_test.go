package jsonbody

import (
	"encoding/json"
	"testing"

	"mangosense/server/internal/mango"
)

// FuzzJSON: what passes is one JSON object within the bounds; what does not is
// Invalid and repeats nothing.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"email":"a","n":1}`, `[1]`, `{"a":{"b":[1,{"c":null}]}}`, `{"a":1}}`, "{\"a\":\"\xff\"}", `{"email":{}}`, `{"n":1e400}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var into struct {
			Email string   `json:"email"`
			N     uint64   `json:"n"`
			List  []string `json:"list"`
		}
		err := Parse(body, &into, Broken)
		if err != nil {
			if mango.CodeOf(err) != mango.Invalid {
				t.Errorf("%q: %v", body, err)
			}
			return
		}
		var m map[string]json.RawMessage
		if json.Unmarshal(body, &m) != nil {
			t.Errorf("%q passed, but is no JSON object", body)
		}
		if depth(string(body)) > standard.depth && !hasText(body) {
			t.Errorf("%q passed, but is too deep", body)
		}
	})
}

func hasText(body []byte) bool {
	for _, c := range body {
		if c == '"' {
			return true
		}
	}
	return false
}

// depth is the deepest nesting of a JSON text, brackets in strings counted too.
func depth(text string) int {
	deepest, at := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '[', '{':
			at++
			deepest = max(deepest, at)
		case ']', '}':
			at--
		}
	}
	return deepest
}
