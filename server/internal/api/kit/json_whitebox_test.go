package kit

import (
	"encoding/json"
	"strings"
	"testing"
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
		{"seventeen deep", strings.Repeat(`{"a":`, 17) + "1" + strings.Repeat("}", 17), deepJSON},
		{"deep and never closed", `{"a":` + strings.Repeat("[", 200_000), deepJSON},
		{"many empty lists", `{"a":[` + many(80_000, "[]") + `]}`, manyJSON},
		{"many numbers", `{"a":[` + many(120_000, "1") + `]}`, manyJSON},
		{"many keys", `{` + many(40_000, `"a":1`) + `}`, manyJSON},
		{"a long whole number", `{"a":` + strings.Repeat("9", 100_000) + `}`, numberJSON},
		{"a long fraction", `{"a":0.` + strings.Repeat("1", 100_000) + `e-5}`, numberJSON},
		{"a long text", `{"a":"` + strings.Repeat("x", 100_000) + `"}`, textJSON},
		{"a long key", `{"` + strings.Repeat("x", 100_000) + `":1}`, textJSON},
		{"a text without an end", `{"a":"` + strings.Repeat("x", 100_000), textJSON},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if err := standardJSON.check([]byte(c.text)); err != nil {
				got = AsError(err).Public
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			if c.want == "" && !json.Valid([]byte(c.text)) {
				t.Error("the case is no JSON")
			}
		})
	}
	if n := testing.AllocsPerRun(10, func() { _ = standardJSON.check([]byte(`{"a":[1,2,"three"]}`)) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
