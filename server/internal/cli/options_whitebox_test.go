package cli

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestRenamed: an option's old name works, with a word on standard error.
func TestRenamed(t *testing.T) {
	for name, c := range map[string]struct {
		old, now, want string
		warned         bool
	}{
		"old name":            {old: "7", want: "7", warned: true},
		"new name":            {now: "8", want: "8"},
		"both: the new wins":  {old: "7", now: "8", want: "8", warned: true},
		"old name, but empty": {old: "", want: ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("RECALL_PHOTOS", c.old)
			t.Setenv("ANSWER_CACHE", c.now)
			var out strings.Builder
			renameVariables(&out)
			if got := os.Getenv("ANSWER_CACHE"); got != c.want {
				t.Errorf("ANSWER_CACHE is %q, want %q", got, c.want)
			}
			if warned := strings.Contains(out.String(), "RECALL_PHOTOS is now called ANSWER_CACHE"); warned != c.warned {
				t.Errorf("said %q", out.String())
			}
		})
	}
	var out strings.Builder
	got := renameFlags([]string{"serve", "--recall-photos=0", "--recall-time", "5m", "--self-heal", "--recall-photoshop", "--port", "0"}, &out)
	if want := []string{"serve", "--answer-cache=0", "--answer-cache-time", "5m", "--self-repair", "--recall-photoshop", "--port", "0"}; !slices.Equal(got, want) {
		t.Errorf("flags %q, want %q", got, want)
	}
	if n := strings.Count(out.String(), "is now called"); n != 3 {
		t.Errorf("%d warnings: %s", n, out.String())
	}
}
