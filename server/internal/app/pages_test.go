package app_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPagesNameWhatExists: each file, folder and test that a page names in
// backticks is in the tree.
func TestPagesNameWhatExists(t *testing.T) {
	var pages []string
	names, tests := map[string]bool{}, map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		if err != nil || d.IsDir() && path != root && (strings.HasPrefix(name, ".") && name != ".ci" || name == "node_modules" || name == "bin" || name == "dist") {
			if err == nil {
				err = filepath.SkipDir
			}
			return err
		}
		names[name] = true
		switch {
		case strings.HasSuffix(name, ".md"):
			pages = append(pages, path)
		case strings.HasSuffix(name, "_test.go"):
			text, err := os.ReadFile(path)
			for _, m := range declared.FindAllSubmatch(text, -1) {
				tests[string(m[1])] = true
			}
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	top, err := os.ReadDir(root)
	if err != nil || len(pages) < 10 || len(tests) < 100 {
		t.Fatalf("%d pages, %d tests: %v", len(pages), len(tests), err)
	}
	ours := func(name string) bool {
		return slices.ContainsFunc(top, func(d fs.DirEntry) bool { return d.IsDir() && d.Name() == name && name != "bin" && name != "dist" })
	}
	ticked, word := regexp.MustCompile("`([^`\n]+)`"), regexp.MustCompile(`^[\w.*-]+(/[\w.*-]+)*/?$`)
	source := map[string]bool{".go": true, ".py": true, ".sh": true, ".c": true, ".csv": true, ".dict": true}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			for _, m := range ticked.FindAllStringSubmatch(line, -1) {
				for _, w := range strings.Fields(m[1]) {
					w = strings.TrimPrefix(w, "./")
					first, rest, isPath := strings.Cut(w, "/")
					switch {
					case !word.MatchString(w):
					case strings.HasPrefix(w, "Test") && filepath.Ext(w) == "":
						// A prefix is a pattern of -run.
						if !slices.ContainsFunc(keys(tests), func(name string) bool { return strings.HasPrefix(name, w) }) {
							t.Errorf("%s:%d names the test %s, which does not exist", page, i+1, w)
						}
					case isPath && rest != "" && ours(first) && !strings.Contains(w, "/."):
						found, err := filepath.Glob(filepath.Join(root, w))
						beside, _ := filepath.Glob(filepath.Join(filepath.Dir(page), w))
						if err != nil || len(found)+len(beside) == 0 {
							t.Errorf("%s:%d names %s, which does not exist", page, i+1, w)
						}
					case !isPath && source[filepath.Ext(w)] && !strings.Contains(w, "*"):
						if !names[w] {
							t.Errorf("%s:%d names %s, which does not exist", page, i+1, w)
						}
					}
				}
			}
		}
	}
}

func keys(m map[string]bool) (all []string) {
	for k := range m {
		all = append(all, k)
	}
	return all
}
