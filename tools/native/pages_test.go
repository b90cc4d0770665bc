package native_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every link of a page leads to a file, and to a heading of it, in the
// repository and in what a release carries.
func TestNoDeadLinks(t *testing.T) {
	release := t.TempDir()
	if out, err := exec.Command("sh", "pages.sh", release).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, c := range map[string]struct {
		root  string
		pages int
	}{"repository": {"../..", 10}, "release": {release, 10}} {
		t.Run(name, func(t *testing.T) {
			pages := 0
			err := filepath.WalkDir(c.root, func(path string, d fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				if d.IsDir() && path != c.root && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "node_modules" || d.Name() == "dist" || d.Name() == "shared") {
					return filepath.SkipDir
				}
				if !d.IsDir() && strings.HasSuffix(path, ".md") {
					pages++
					checkLinks(t, path)
				}
				return nil
			})
			if err != nil || pages < c.pages {
				t.Errorf("%d pages, %v", pages, err)
			}
		})
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fence   = regexp.MustCompile("(?ms)^```.*?^```")
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

func checkLinks(t *testing.T, path string) {
	t.Helper()
	for _, m := range link.FindAllStringSubmatch(read(t, path), -1) {
		target, anchor, _ := strings.Cut(m[1], "#")
		if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
			continue
		}
		to := path
		if target != "" {
			to = filepath.Join(filepath.Dir(path), target)
		}
		if _, err := os.Stat(to); err != nil {
			t.Errorf("%s: the link %s leads nowhere", path, m[1])
			continue
		}
		if anchor != "" && !hasHeading(read(t, to), anchor) {
			t.Errorf("%s: %s has no heading for #%s", path, to, anchor)
		}
	}
}

// read is a page without its fenced blocks.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return fence.ReplaceAllString(string(text), "")
}

// hasHeading looks for an anchor as it is made of a heading: small letters,
// hyphens for blanks, no punctuation.
func hasHeading(text, anchor string) bool {
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		slug := strings.ReplaceAll(strings.ToLower(m[1]), " ", "-")
		slug = regexp.MustCompile(`[^\p{L}\p{N}_-]`).ReplaceAllString(slug, "")
		if slug == anchor {
			return true
		}
	}
	return false
}
