package diseases

import (
	"strings"
	"testing"
)

// TestParse refuses what would be found out in the field only.
func TestParse(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no JSON":          {`{`, "cannot read the diseases"},
		"no name":          {`{"diseases": [{"treatment": "x"}]}`, "needs a name and a treatment"},
		"no treatment":     {`{"diseases": [{"name": "Rust"}]}`, "needs a name and a treatment"},
		"twice":            {`{"diseases": [{"name": "Rust", "treatment": "x"}, {"name": "Rust", "treatment": "y"}]}`, "there twice"},
		"one code for two": {`{"diseases": [{"name": "Rust", "treatment": "x", "stored_as": 3}, {"name": "Scab", "treatment": "y", "stored_as": 3}]}`, "both stored as 3"},
		"a lone key":       {`{"fallback": {"leaf": [["spots"]]}}`, "a key and a label"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parse([]byte(c.text), Advice{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := parse([]byte(`{"diseases": [{"name": "Rust", "treatment": "x"}, {"name": "Scab", "treatment": "y"}]}`), Advice{}); err != nil {
		t.Errorf("two without a code: %v", err)
	}
}

// TestKnown: every symptom that is asked for or has an alias has a key, and
// every model's class has prompts for its part.
func TestKnown(t *testing.T) {
	known := Known()
	keys := map[string]bool{}
	for part, features := range known.Features {
		for _, key := range features {
			keys[key] = true
		}
		if len(known.Fallback[part]) == 0 {
			t.Errorf("nothing is asked of an unknown %s", part)
		}
	}
	for _, a := range known.Aliases {
		if !keys[a.Key] || len(a.Words) == 0 {
			t.Errorf("the aliases of %s lead nowhere", a.Key)
		}
	}
	for _, d := range known.Diseases {
		for _, part := range d.Models {
			if len(d.Prompts[part]) == 0 {
				t.Errorf("%s of a %s has no prompts", d.Name, part)
			}
		}
	}
}

// TestStoredAs: these bytes are in files that exist.
func TestStoredAs(t *testing.T) {
	stored := map[byte]string{1: "Anthracnose", 2: "Bacterial Canker", 3: "Cutting Weevil", 4: "Die Back", 5: "Gall Midge", 6: "Healthy",
		7: "Powdery Mildew", 8: "Sooty Mold", 9: "Black Mold Rot", 10: "Stem end Rot", 11: "Alternaria", 12: "Unknown"}
	for _, d := range Known().Diseases {
		if d.StoredAs != 0 && stored[d.StoredAs] != d.Name {
			t.Errorf("%s is stored as %d, which is %q", d.Name, d.StoredAs, stored[d.StoredAs])
		}
		delete(stored, d.StoredAs)
	}
	for code, name := range stored {
		t.Errorf("%s, stored as %d, is gone: records name it", name, code)
	}
}
