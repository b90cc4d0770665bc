package api

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
		err := parseJSON(body, &into, brokenJSON)
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
		if depth(string(body)) > standardJSON.depth && !hasText(body) {
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

var fuzzModel = InferenceModel{ID: "m", Version: "1", Kind: mango.Leaf, Classes: []string{"Healthy"}, Width: 2, Height: 2, Colors: 3}

// FuzzInference: whatever is sent, a tensor that passes has the model's size
// and a photo is not empty.
func FuzzInference(f *testing.F) {
	f.Add([]byte(`{"inputs":[{"name":"image","shape":[1,2,2,3],"datatype":"UINT8","data":[1,2,3,4,5,6,7,8,9,10,11,12]}]}`), []byte{})
	f.Add([]byte(`{"inputs":[{"name":"image","shape":[1,2,2,3],"datatype":"UINT8","parameters":{"binary_data_size":12}}]}`), []byte("abcdefghijkl"))
	f.Add([]byte(`{"inputs":[{"name":"photo","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":5}}]}`), []byte("\x01\x00\x00\x00a"))
	f.Add([]byte(`{"inputs":[{"name":"photo","shape":[1],"datatype":"BYTES","data":["AAAA"]}]}`), []byte{})
	f.Fuzz(func(t *testing.T, head, tail []byte) {
		asked, err := parseInference(head, tail, fuzzModel)
		switch {
		case err != nil:
			if mango.CodeOf(err) != mango.Invalid {
				t.Errorf("%q: %v", head, err)
			}
		case asked.photo == nil && len(asked.tensor) != 12:
			t.Errorf("%q: a tensor of %d values", head, len(asked.tensor))
		case asked.photo != nil && len(asked.photo) == 0:
			t.Errorf("%q: an empty photo", head)
		}
	})
}
