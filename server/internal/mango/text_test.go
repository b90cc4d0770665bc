package mango_test

import (
	"encoding/json"
	"testing"

	"mangosense/server/internal/mango"
)

func TestCleanText(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		line           bool // fit for a name as it is
	}{
		{"empty", "", "", true},
		{"plain", "Lito Reyes", "Lito Reyes", true},
		{"accents", "Peña Ñiño", "Peña Ñiño", true},
		{"lines", "one\n\ttwo\r\n", "one\n\ttwo\n", false},
		{"zero", "Li\x00to", "Lito", false},
		{"escape sequence", "\x1b[31mred", "[31mred", false},
		{"C1 control", "a\u009bb", "ab", false},
		{"delete", "a\x7fb", "ab", false},
		{"right-to-left override", "gpj.\u202Eexe", "gpj.exe", false},
		{"isolate", "\u2066a\u2069", "a", false},
		{"right-to-left mark", "a\u200F", "a", false},
		{"zero-width space", "ad\u200Bmin", "admin", false},
		{"byte order mark", "\uFEFFadmin", "admin", false},
		{"soft hyphen", "ad\u00ADmin", "admin", false},
		{"joiner between Latin letters", "ad\u200Dmin", "admin", false},
		{"joiner at the end", "আম\u200D", "আম", false},
		{"joiner between Bengali letters", "র\u200D্যাব", "র\u200D্যাব", true},
		{"non-joiner between Persian letters", "می\u200Cخواهم", "می\u200Cخواهم", true},
		{"Hindi", "क\u094D\u200Dष", "क\u094D\u200Dष", true},
		{"emoji of several", "👩\u200D🌾", "👩\u200D🌾", true},
		{"emoji with a selector", "🌶\uFE0F", "🌶\uFE0F", true},
		{"selector alone", "\uFE0F", "", false},
		{"Hangul filler", "\u3164", "", false},
		{"braille blank", "\u2800", "\u2800", false},
		{"no-break space", "\u00A0", "\u00A0", false},
		{"line separator", "a\u2028b", "a\nb", false},
		{"tag characters", "a\U000E0041", "a", false},
		{"broken UTF-8", "a\xff", "a\uFFFD", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := mango.CleanText(c.in)
			if got != c.want {
				t.Errorf("%+q, want %+q", got, c.want)
			}
			if again := mango.CleanText(got); again != got {
				t.Errorf("cleaned again: %+q", again)
			}
			if got := mango.CleanLine(c.in); got != c.line {
				t.Errorf("fit for a name: %v", got)
			}
		})
	}
}

func TestCleanJSON(t *testing.T) {
	for in, want := range map[string]string{
		`["a"]`:                     `["a"]`,
		`["a\u0000b\u001b\u202E"]`:  `["ab"]`,
		`["a\\u0000"]`:              `["a\\u0000"]`,
		`["\"\\\u200b\"\n\b"]`:      `["\"\\\"\n"]`,
		`["\ud83c\udf3e"]`:          `["\ud83c\udf3e"]`,
		`["a\udb40\udc41b"]`:        `["ab"]`,
		"[\"a\u202eb\", 1e5]":       `["ab", 1e5]`,
		`{"k\u0007":{"\u202e":""}}`: `{"k":{"":""}}`,
	} {
		got := mango.CleanJSON([]byte(in))
		if string(got) != want || !json.Valid(got) {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]float64{"0": 0, "-10.5": -10.5, "007": 7, "1e2": 100, "1.5E-3": 0.0015, "1e+2": 100, "-0": 0,
		".5": 0.5, "10.": 10, "+10": 10, "+10.5936": 10.5936, "-.5": -0.5, "+.5e1": 5, "10.e0": 10} {
		if got, ok := mango.ParseNumber(text); !ok || got != want {
			t.Errorf("%q: %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{
		"", "-", "+", ".", "-.", "+-1", "-+1", "++1", "+ 1", ".e1", "1..", "..1", "1.+2", "1e.5", "1_0", "1_0.5", "0x10", "0x1p4", "0b1", "inf", "-Inf", "Infinity", "nan", "NaN",
		"1e400", "-1e400", "1e", "1e+", "e5", "1 0", " 1", "1 ", "1,5", "١", "１", "--1", "1-", "1.2.3", "1e5.5", "\x001",
	} {
		if v, ok := mango.ParseNumber(text); ok {
			t.Errorf("%q is read as the number %v", text, v)
		}
		if n, _, ok := mango.ParseWhole(text); ok {
			t.Errorf("%q is read as the whole number %d", text, n)
		}
		if id, ok := mango.ParseID(text); ok {
			t.Errorf("%q is read as the id %d", text, id)
		}
	}
	for _, text := range []string{".5", "10.", "10.0", "1e2"} {
		if n, _, ok := mango.ParseWhole(text); ok {
			t.Errorf("%q is read as the whole number %d", text, n)
		}
	}
	if n, fits, ok := mango.ParseWhole("+7"); !ok || !fits || n != 7 {
		t.Errorf("+7: %d, %v, %v", n, fits, ok)
	}
	if id, ok := mango.ParseID("+1"); ok {
		t.Errorf("+1 is read as the id %d", id)
	}
	if n, fits, ok := mango.ParseWhole("-99999999999999999999"); !ok || fits || n != -1<<63 {
		t.Errorf("%d, %v, %v", n, fits, ok)
	}
	if _, ok := mango.ParseID("99999999999999999999"); ok {
		t.Error("an id beyond all ids is read")
	}
	if id, ok := mango.ParseID("18446744073709551615"); !ok || id != 1<<64-1 {
		t.Errorf("%d, %v", id, ok)
	}
}

func FuzzCleanText(f *testing.F) {
	f.Add("a\u200Db\u202E")
	f.Fuzz(func(t *testing.T, s string) {
		got := mango.CleanText(s)
		if again := mango.CleanText(got); again != got {
			t.Errorf("%+q becomes %+q, then %+q", s, got, again)
		}
	})
}
