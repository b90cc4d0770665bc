package inference

import (
	"testing"

	"mangosense/server/internal/mango"
)

var fuzzModel = Model{ID: "m", Version: "1", Kind: mango.Leaf, Classes: []string{"Healthy"}, Width: 2, Height: 2, Colors: 3}

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
