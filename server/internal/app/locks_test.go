package app_test

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRoomsLockInOrder: a lock of the server is one of package ordered, whose
// order its room's tests check. A lock without a place is named here with the
// reason why it needs none.
func TestRoomsLockInOrder(t *testing.T) {
	leaves := map[string]string{
		"server/internal/ordered/mutex.go":      "it is what the others are made of",
		"server/internal/ordered/check.go":      "the same",
		"server/internal/rate/limiter.go":       "counts requests, calls nothing; each request takes it several times",
		"server/internal/listen/guard.go":       "lists connections, calls nothing; each request takes it",
		"server/internal/budget/memory.go":      "counts bytes, calls nothing; a wait gives it back first",
		"server/internal/line/line.go":          "counts requests, calls nothing",
		"server/internal/offheap/region.go":     "keeps address space, calls nothing that waits",
		"server/internal/api/accounts/guard.go": "looks into a table, calls nothing; each login takes it",
		"server/internal/clock/clock.go":        "the clock of tests",
		"server/internal/cli/progress.go":       "one line of one command on a terminal; no server has it",
		"server/internal/metrics/recent.go":     "keeps lines of the log, calls nothing; whatever is locked may log",
		"tflite/pool.go":                        "counts interpreters, calls nothing; the fence imports no room of the server",
		"preprocess/preprocess.go":              "keeps decoders, calls nothing; it imports no room of the server",
	}
	ranked := map[string]bool{}
	files(t, 0, func(path string, set *token.FileSet, file *ast.File) {
		if strings.HasPrefix(path, "tools/") || strings.HasPrefix(path, "server/bench/") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			if !ok || !strings.HasSuffix(sel.Sel.Name, "Mutex") {
				return true
			}
			switch {
			case x.Name == "ordered":
				ranked[filepath.Dir(path)] = true
			case x.Name == "sync" && leaves[path] == "":
				t.Errorf("%s: sync.%s has no place in the order of locks: use package ordered, or say here why it needs none", set.Position(sel.Pos()), sel.Sel.Name)
			}
			return true
		})
	})
	if len(ranked) < 4 {
		t.Errorf("only %v have ordered locks: the rule looks at the wrong place", ranked)
	}
	for dir := range ranked {
		tests, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		checked := false
		for _, name := range tests {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			checked = checked || strings.Contains(string(text), "ordered.Check(nil)")
		}
		if !checked {
			t.Errorf("the tests of %s do not check the order of its locks: call ordered.Check(nil) in TestMain", dir)
		}
	}
}
