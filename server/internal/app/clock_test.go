package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestOneClock: outside its room, time.Now serves to measure how long something
// took, or as a deadline, for which Go keeps time that no step of the wall clock
// changes. Whoever wants the date asks room clock, so that a test can step it.
func TestOneClock(t *testing.T) {
	const why = "ask package clock for the date, and for the time that passed"
	// What drops the part of a time.Time that does not step, or looks at the date.
	dated := map[string]bool{"UTC": true, "Local": true, "In": true, "Unix": true, "UnixMilli": true, "UnixMicro": true, "UnixNano": true,
		"Truncate": true, "Round": true, "Format": true, "AppendFormat": true, "AddDate": true, "Date": true, "Year": true, "YearDay": true}
	files(t, parser.SkipObjectResolution, func(path string, set *token.FileSet, file *ast.File) {
		dir := filepath.ToSlash(filepath.Dir(path))
		if !strings.HasPrefix(dir, "server/") || dir == "server/internal/clock" || strings.HasPrefix(dir, "server/bench") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if call, ok := n.X.(*ast.CallExpr); ok && dated[n.Sel.Name] && ofTime(call.Fun, "Now") {
					t.Errorf("%s: time.Now().%s: %s", set.Position(n.Pos()), n.Sel.Name, why)
				}
				if ofTime(n, "Until") {
					t.Errorf("%s: time.Until: %s", set.Position(n.Pos()), why)
				}
			case *ast.CallExpr:
				if len(n.Args) == 1 && ofTime(n.Fun, "Since") {
					if _, stored := n.Args[0].(*ast.CallExpr); stored { // such as a file's ModTime
						t.Errorf("%s: time.Since of a date: %s", set.Position(n.Pos()), why)
					}
				}
			}
			return true
		})
	})
}

// ofTime reports whether an expression is a name of package time.
func ofTime(e ast.Expr, name string) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == "time"
}
