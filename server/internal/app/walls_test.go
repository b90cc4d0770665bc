package app_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// root is the module's folder, seen from this one.
const root = "../../.."

// imports maps each package folder to what its non-test files import.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			found[dir] = append(found[dir], p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestOnlyHome holds each library in the one room that may know it.
func TestOnlyHome(t *testing.T) {
	for _, wall := range []struct {
		pkg   string
		homes []string
		why   string
	}{
		{"C", []string{"tflite", "preprocess/turbojpeg"}, "memory that Go does not see needs one owner to be freed by"},
		{"github.com/mattn/go-tflite", []string{"tflite"}, "its Error equals its OK and a second Delete is a double free: only the fence knows how to call it"},
		{"go.etcd.io/bbolt", []string{"server/internal/store"}, "bytes of a transaction die with it; outside the store nobody can know when"},
		{"modernc.org/sqlite", []string{"server/internal/django"}, "it is 8 MB of foreign code for one import; nothing that serves may lean on it"},
		{"github.com/disintegration/imaging", []string{"preprocess", "tools/peers/naive"}, "it is unmaintained and panics on hostile palettes: it is given NRGBA pixels alone (the peer is what we are measured against)"},
		{"github.com/valyala/fasthttp", []string{"server/internal/api", "tools/load"}, "a RequestCtx is reused after its handler: it must not travel"},
		{"github.com/alecthomas/kong", []string{"server/internal/app", "server/internal/config"}, "options are read in one place"},
		{"mangosense/tflite", []string{"server/internal/app", "tools/peers/naive"}, "diagnose is given an Engine; the pool's life is app's"},
	} {
		for dir, list := range imports(t) {
			if slices.Contains(list, wall.pkg) && !slices.ContainsFunc(wall.homes, func(h string) bool { return dir == h }) {
				t.Errorf("%s imports %s: %s", dir, wall.pkg, wall.why)
			}
		}
	}
}

// TestRooms holds each room to the rooms it may know.
func TestRooms(t *testing.T) {
	const in = "mangosense/server/internal/"
	for room, wall := range map[string]struct {
		may []string
		why string
	}{
		"models":                     {nil, "whoever reads a manifest must not need a decoder"},
		"tflite":                     {nil, "the fence serves any model"},
		"preprocess":                 {[]string{"mangosense/models", "mangosense/preprocess/turbojpeg"}, "a photo's way to the tensor depends on the model's input and on nothing else"},
		"preprocess/turbojpeg":       {nil, "the fence knows bytes, not photos"},
		"server/internal/disk":       {[]string{in + "mango"}, "files, not records"},
		"server/internal/store":      {[]string{in + "mango", in + "disk"}, "records, not photos and not HTTP"},
		"server/internal/media":      {[]string{in + "mango", in + "disk"}, "photos, not records"},
		"server/internal/mango":      {nil, "it is the leaf: every room imports it"},
		"server/internal/config":     {nil, "options are plain values"},
		"server/internal/metrics":    {nil, "whoever counts must not be counted on"},
		"server/internal/diagnose":   {[]string{in + "mango", "mangosense/models", "mangosense/preprocess"}, "an answer does not depend on who asks or what is stored"},
		"server/internal/api":        {[]string{in + "mango", in + "auth", in + "api/upload", in + "openapi"}, "it translates: models, stores and photos come as interfaces"},
		"server/internal/api/upload": {nil, "a form is bytes and fields"},
		"server/internal/auth":       {[]string{in + "mango"}, "no HTTP in it"},
		"server/internal/django":     {[]string{in + "mango", in + "auth"}, "an import brings rows to the stores that it is given"},
		"server/internal/openapi":    {nil, "it is a text"},
	} {
		for _, p := range imports(t)[room] {
			if strings.HasPrefix(p, "mangosense/") && !slices.Contains(wall.may, p) {
				t.Errorf("%s imports %s: %s", room, p, wall.why)
			}
		}
	}
}
