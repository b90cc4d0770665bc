package jsonbody

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"mangosense/server/internal/mango"
)

// TestJSONBounds: each bound holds on the bytes, whatever is in texts, and what
// clients send is far within.
func TestJSONBounds(t *testing.T) {
	many := func(n int, one string) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	for _, c := range []struct {
		name, text, want string
	}{
		{"a login", `{"email":"a@b.example","password":"x"}`, ""},
		{"a thousand ids", `{"ids":[` + many(1000, `18446744073709551615`) + `]}`, ""},
		{"a long text with all that is counted", `{"a":"` + strings.Repeat(`[{,1\"\\`, 8000) + `"}`, ""},
		{"the longest feedback, all escaped", `{"a":"` + strings.Repeat(`\u00e9`, 5000) + `"}`, ""},
		{"sixteen deep", strings.Repeat(`{"a":`, 16) + "1" + strings.Repeat("}", 16), ""},
		{"seventeen deep", strings.Repeat(`{"a":`, 17) + "1" + strings.Repeat("}", 17), tooDeep},
		{"deep and never closed", `{"a":` + strings.Repeat("[", 200_000), tooDeep},
		{"many empty lists", `{"a":[` + many(80_000, "[]") + `]}`, tooMany},
		{"many numbers", `{"a":[` + many(120_000, "1") + `]}`, tooMany},
		{"many keys", `{` + many(40_000, `"a":1`) + `}`, tooMany},
		{"a long whole number", `{"a":` + strings.Repeat("9", 100_000) + `}`, tooNumber},
		{"a long fraction", `{"a":0.` + strings.Repeat("1", 100_000) + `e-5}`, tooNumber},
		{"a long text", `{"a":"` + strings.Repeat("x", 100_000) + `"}`, tooText},
		{"a long key", `{"` + strings.Repeat("x", 100_000) + `":1}`, tooText},
		{"a text without an end", `{"a":"` + strings.Repeat("x", 100_000), tooText},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			var e *mango.Error
			if errors.As(standard.check([]byte(c.text)), &e) {
				got = e.Public
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			if c.want == "" && !json.Valid([]byte(c.text)) {
				t.Error("the case is no JSON")
			}
		})
	}
	if n := testing.AllocsPerRun(10, func() { _ = standard.check([]byte(`{"a":[1,2,"three"]}`)) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
