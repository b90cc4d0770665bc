package app_test

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mangosense/diseases"
	"mangosense/models"
	"mangosense/server/internal/mango"
)

// TestNoCTypeLeavesTheFence: what tflite exports names no C type, no pointer
// of C and nothing of go-tflite.
func TestNoCTypeLeavesTheFence(t *testing.T) {
	foreign := map[string]bool{"C": true, "unsafe": true, "tflite": true} // tflite: go-tflite's own name
	files(t, parser.ParseComments, func(path string, set *token.FileSet, file *ast.File) {
		if filepath.Dir(path) != "tflite" {
			return
		}
		for _, d := range file.Decls {
			ast.Inspect(exported(d), func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					if x, ok := sel.X.(*ast.Ident); ok && foreign[x.Name] {
						t.Errorf("%s: %s.%s is seen outside the fence", set.Position(sel.Pos()), x.Name, sel.Sel.Name)
					}
				}
				return true
			})
		}
	})
}

// exported is the part of a declaration that other packages see.
func exported(d ast.Decl) ast.Node {
	seen := &ast.FieldList{}
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || open(d.Recv.List[0].Type)) {
			seen.List = append(seen.List, &ast.Field{Type: d.Type})
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if !spec.Name.IsExported() {
					continue
				}
				s, ok := spec.Type.(*ast.StructType)
				if !ok {
					seen.List = append(seen.List, &ast.Field{Type: spec.Type})
					continue
				}
				for _, f := range s.Fields.List {
					if len(f.Names) == 0 || f.Names[0].IsExported() {
						seen.List = append(seen.List, f)
					}
				}
			case *ast.ValueSpec:
				if spec.Names[0].IsExported() && spec.Type != nil {
					seen.List = append(seen.List, &ast.Field{Type: spec.Type})
				}
			}
		}
	}
	return seen
}

// open reports whether a receiver's type is exported.
func open(e ast.Expr) bool {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	id, ok := e.(*ast.Ident)
	return ok && id.IsExported()
}

// TestOnlyModelsKnowsTheModel: input sizes stand in the manifest. A room that
// spelled one would be wrong for the next model.
func TestOnlyModelsKnowsTheModel(t *testing.T) {
	manifest, err := models.Read(filepath.Join(root, "models"))
	if err != nil {
		t.Skip(err)
	}
	sizes := map[string]bool{}
	for _, m := range manifest.Models {
		sizes[strconv.Itoa(m.Input.Width)], sizes[strconv.Itoa(m.Input.Height)] = true, true
	}
	files(t, 0, func(path string, set *token.FileSet, file *ast.File) {
		if strings.HasPrefix(path, "models/") || strings.HasPrefix(path, "tools/") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.INT && sizes[literal.Value] {
				t.Errorf("%s: %s is the input's size: ask the manifest", set.Position(literal.Pos()), literal.Value)
			}
			return true
		})
	})
}

// TestOnlyOnePlaceKnowsTheDiseases looks for their names, in any spelling, in
// code, scripts and descriptions. A new disease touches the manifest,
// diseases.json and the advice; another place would be forgotten.
func TestOnlyOnePlaceKnowsTheDiseases(t *testing.T) {
	may := map[string]string{
		"diseases/diseases.json":         "the one place",
		"diseases/advice/*.json":         "what growers read about each, tied to it by a test",
		"models/manifest.json":           "what each model's outputs mean",
		"tools/evaluate/*.csv":           "data about photographs",
		"tools/train/*.csv":              "data about photographs",
		"server/internal/api/apitest/*":  "of tests, as files named _test are",
		"server/internal/store/*/*.dict": "frozen: stored records were packed with it",
	}
	code := map[string]bool{".go": true, ".py": true, ".json": true, ".csv": true, ".dict": true, ".sh": true, ".c": true, ".js": true, ".html": true, ".ts": true, ".tsx": true}
	var named []*regexp.Regexp
	for _, d := range diseases.Known().Diseases {
		if mango.ConditionOf(d.Name) == mango.IsDiseased { // healthy and unknown are words of the contract
			name := strings.ReplaceAll(strings.ToLower(d.Name), "mold", "mou?ld")
			named = append(named, regexp.MustCompile(`(?i)\b`+strings.ReplaceAll(name, " ", `[ _-]?`)+`\b`))
		}
	}
	if len(named) < 10 {
		t.Fatalf("%d names to look for", len(named))
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(root, path)
		name := d.Name()
		switch {
		case err != nil || relErr != nil:
			return errors.Join(err, relErr)
		case d.IsDir() && rel != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "tests" || name == "docs" || name == "bin" || name == "dist" || name == "node_modules"):
			return filepath.SkipDir
		case d.IsDir() || !code[filepath.Ext(name)] || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "test_"):
			return nil
		}
		for pattern := range may {
			if ok, err := filepath.Match(pattern, filepath.ToSlash(rel)); ok || err != nil {
				return err
			}
		}
		text, err := os.ReadFile(path)
		for _, n := range named {
			for _, at := range n.FindAllIndex(text, -1) {
				t.Errorf("%s:%d: %q: only diseases/diseases.json names diseases", rel, 1+bytes.Count(text[:at[0]], []byte("\n")), text[at[0]:at[1]])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOnlyAppReadsTheEnvironment (and the command line): an option that a room reads for itself is in
// no table and cannot be given as a flag.
func TestOnlyAppReadsTheEnvironment(t *testing.T) {
	files(t, 0, func(path string, set *token.FileSet, file *ast.File) {
		if path == "server/main.go" || strings.HasPrefix(path, "server/internal/app/") || strings.HasPrefix(path, "server/internal/cli/") || strings.HasPrefix(path, "server/bench/") || strings.HasPrefix(path, "tools/") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "os" {
					switch sel.Sel.Name {
					case "Getenv", "LookupEnv", "Environ", "Args":
						t.Errorf("%s: os.%s: only cli and app read options", set.Position(sel.Pos()), sel.Sel.Name)
					}
				}
			}
			return true
		})
	})
}

// TestHouse: short files, a comment on every package, no room for leftovers.
func TestHouse(t *testing.T) {
	const longest = 400 // lines
	commented := map[string]bool{}
	files(t, parser.ParseComments|parser.PackageClauseOnly, func(path string, _ *token.FileSet, file *ast.File) {
		dir := filepath.Dir(path)
		commented[dir] = commented[dir] || file.Doc.Text() != ""
	})
	for dir, ok := range commented {
		if !ok {
			t.Errorf("package %s has no comment that says what it is, what it is not and who may call it", dir)
		}
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch name := d.Name(); {
			case path != root && strings.HasPrefix(name, "."), name == "node_modules":
				return filepath.SkipDir
			case name == "pkg", name == "cmd", name == "utils", name == "util", name == "common", name == "helpers":
				t.Errorf("%s: a folder is named after what is in it", path)
			}
			return nil
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if n := bytes.Count(text, []byte("\n")); n > longest {
			t.Errorf("%s has %d lines, %d are the most: one noun or step a file", path, n, longest)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOnlyOpenModelOpensModels: no other call can forget to compare the digest.
func TestOnlyOpenModelOpensModels(t *testing.T) {
	files(t, parser.ParseComments, func(path string, set *token.FileSet, file *ast.File) {
		if !strings.HasPrefix(path, "server/") || path == "server/internal/modelset/open.go" {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "tflite" && sel.Sel.Name == "Open" {
					t.Errorf("%s: tflite.Open outside modelset.open: the digest would not be compared", set.Position(sel.Pos()))
				}
			}
			return true
		})
	})
}

// TestOnlyFencesHandleMemory: memory that Go does not see is mapped, and pointers are
// cast, only where one room owns its end.
func TestOnlyFencesHandleMemory(t *testing.T) {
	fences := []string{"tflite", "preprocess/turbojpeg", "server/internal/offheap"}
	files(t, 0, func(path string, set *token.FileSet, file *ast.File) {
		if slices.Contains(fences, filepath.Dir(path)) {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && (x.Name == "unsafe" || sel.Sel.Name == "Mmap" || sel.Sel.Name == "Madvise") {
					t.Errorf("%s: %s.%s outside the fences", set.Position(sel.Pos()), x.Name, sel.Sel.Name)
				}
			}
			return true
		})
	})
}
