package inference

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/mango"
)

// noisy is n bytes that no writer can shorten.
func noisy(n int) []byte {
	r := rand.New(rand.NewPCG(3, uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func photoRequest(data string) []byte {
	return []byte(`{"id":"data","inputs":[{"name":"photo","datatype":"BYTES","shape":[1], "data" : ` + data + ` }], "outputs": [{"name":"verdict"}]}`)
}

// TestPhotosAreDecodedInPlace: a photo in base64 takes no memory beside that of
// the request, which is counted.
func TestPhotosAreDecodedInPlace(t *testing.T) {
	for _, size := range []int{1, 2, 3, 700, 768, 769, largeData, 100_000, 9 << 20} {
		photo := noisy(size)
		coded := base64.StdEncoding.EncodeToString(photo)
		for name, text := range map[string]string{
			"plain": coded, "slashes as PHP writes them": strings.ReplaceAll(coded, "/", `\/`),
			"escaped": strings.ReplaceAll(coded, "+", `\u002b`), "in lines": lines(coded),
		} {
			body := photoRequest(`[ "` + text + `" ]`)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			asked, err := parseInference(body, nil, Model{})
			runtime.ReadMemStats(&after)
			if err != nil || !bytes.Equal(asked.photo, photo) || len(asked.wanted) != 1 {
				t.Fatalf("%d bytes, %s: %v", size, name, err)
			}
			if grew := after.TotalAlloc - before.TotalAlloc; size > 1<<20 && grew > 1<<20 {
				t.Errorf("%d bytes, %s: %d bytes were allocated beside the body", size, name, grew)
			}
		}
	}
}

func lines(text string) string {
	var b strings.Builder
	for len(text) > 76 {
		b.WriteString(text[:76] + `\r\n`)
		text = text[76:]
	}
	return b.String() + text
}

// TestLargeDataRefused: what is cut out of the JSON is checked all the same.
func TestLargeDataRefused(t *testing.T) {
	long := strings.Repeat("QUJD", largeData)
	for name, body := range map[string][]byte{
		"not base64":             photoRequest(`["` + strings.Repeat("*", 2*largeData) + `"]`),
		"base64 cut short":       photoRequest(`["` + long + `QQ"]`),
		"something behind":       photoRequest(`["` + long + `=="]`),
		"two texts":              photoRequest(`["` + long + `","` + long + `"]`),
		"a text alone":           photoRequest(`"` + long + `"`),
		"a list in a list":       photoRequest(`[["` + long + `"]]`),
		"a text that never ends": photoRequest(`["` + long),
		"a list that never ends": photoRequest(`["` + long + `"`),
		"an odd escape":          photoRequest(`["` + long + `\t"]`),
		"half an escape":         photoRequest(`["` + long + `\u00`),
		"no JSON behind":         append(photoRequest(`["`+long+`"]`), '}'),
		"another member":         []byte(`{"inputs":[{"name":"photo","datatype":"BYTES","shape":[1]}],"data":["` + long + `"]}`),
		"JSON too large":         photoRequest(`["` + long + `"],"x":"` + strings.Repeat("x", jsonbody.Max) + `"`),
		"a tensor that is none":  []byte(`{"inputs":[{"name":"image","datatype":"UINT8","shape":[1,64,64,1],"data":[` + strings.Repeat("1 2,", 2*largeData) + `]}]}`),
		"brackets alone":         []byte(`{"inputs":[{"name":"image","datatype":"UINT8","shape":[1,64,64,1],"data":` + strings.Repeat("[", 20_000) + `}]}`),
	} {
		asked, err := parseInference(body, nil, Model{Height: 64, Width: 64, Colors: 1})
		if code := mango.CodeOf(err); asked != nil || code != mango.Invalid && code != mango.TooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzData: whatever the body, what is cut out and what is left are bounded, and
// a request that the standard reader takes means the same.
func FuzzData(f *testing.F) {
	for _, data := range []string{`["QUJD"]`, `[1,2,[3]]`, `"\""`, `{"data":[1]}`, `null`, `["a\\"]`} {
		f.Add(photoRequest(data))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		at, end := findData(body)
		if at < 0 || end > len(body) || end < at || end > at && end-at <= largeData {
			t.Fatalf("%d to %d of %d", at, end, len(body))
		}
		if end > at {
			if rest := fmt.Sprintf("%snull%s", body[:at], body[end:]); json.Valid(body) && !json.Valid([]byte(rest)) {
				t.Fatalf("valid JSON became %q", rest)
			}
		}
		var want []string
		texts, err := photoText(bytes.Clone(body))
		if json.Unmarshal(body, &want) == nil && len(want) == 1 && err == nil {
			if plain, errPlain := base64.StdEncoding.DecodeString(want[0]); errPlain == nil && !bytes.Equal(plain, texts) {
				t.Fatalf("%q is not %q", texts, plain)
			}
		}
	})
}
