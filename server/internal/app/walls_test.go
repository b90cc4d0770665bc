package app_test

import (
	"go/ast"
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

// files parses every Go file that is no test and gives it, with its path below
// the root, to look.
func files(t *testing.T, mode parser.Mode, look func(path string, set *token.FileSet, file *ast.File)) {
	t.Helper()
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
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, mode|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		look(rel, set, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// imports maps each package folder to what its non-test files import.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	files(t, parser.ImportsOnly, func(path string, _ *token.FileSet, file *ast.File) {
		dir := filepath.Dir(path)
		found[dir] = append(found[dir], importPaths(t, file)...)
	})
	return found
}

func importPaths(t *testing.T, file *ast.File) []string {
	t.Helper()
	out := []string{} // a file without imports is of a room all the same
	for _, i := range file.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
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
		{"go.etcd.io/bbolt", []string{"server/internal/store", "server/internal/store/counted"}, "bytes of a transaction die with it; outside the store nobody can know when"},
		{"modernc.org/sqlite", []string{"server/internal/django"}, "it is 8 MB of foreign code for one import; nothing that serves may lean on it"},
		{"github.com/disintegration/imaging", []string{"preprocess", "tools/peers/naive"}, "it is unmaintained and panics on hostile palettes: it is given NRGBA pixels alone (the peer is what we are measured against)"},
		{"github.com/valyala/fasthttp", []string{"server/internal/api", "server/internal/api/kit", "tools/load"}, "a RequestCtx is reused after its handler: it must not travel"},
		{"github.com/alecthomas/kong", []string{"server/internal/cli", "server/internal/config"}, "options are read in one place"},
		{"mangosense/server/internal/config", []string{"server/internal/app", "server/internal/cli"}, "every other room is given plain values in its own Config"},
		{"github.com/golang-jwt/jwt/v5", []string{"server/internal/auth"}, "a token is read where the keys are"},
		{"github.com/prometheus/client_golang", []string{"server/internal/metrics"}, "one registry, whose labels a stranger cannot choose"},
		{"mangosense/tflite", []string{"server/internal/modelset", "server/internal/cli", "tools/peers/naive"}, "diagnose is given an Engine; the pool's life is the set's (cli asks for the library's version)"},
	} {
		for dir, list := range imports(t) {
			if slices.ContainsFunc(list, func(p string) bool { return within(p, wall.pkg) }) && !slices.ContainsFunc(wall.homes, func(h string) bool { return dir == h }) {
				t.Errorf("%s imports %s: %s", dir, wall.pkg, wall.why)
			}
		}
	}
}

// within reports whether a package is the named one or lies below it.
func within(pkg, named string) bool { return pkg == named || strings.HasPrefix(pkg, named+"/") }

// TestRooms holds each room to what it may import beside the standard library.
// A room that is not named here has no wall yet, which is a fault too.
func TestRooms(t *testing.T) {
	const in = "mangosense/server/internal/"
	walls := map[string]struct {
		may []string
		why string
	}{
		"models":                   {nil, "whoever reads a manifest must not need a decoder"},
		"tflite":                   {[]string{"github.com/mattn/go-tflite"}, "the fence serves any model"},
		"preprocess":               {[]string{"mangosense/models", "mangosense/preprocess/turbojpeg", "github.com/disintegration/imaging", "golang.org/x/image"}, "a photo's way to the tensor depends on the model's input and on nothing else"},
		"preprocess/turbojpeg":     {nil, "the fence knows bytes, not photos"},
		"preprocess/photos":        {nil, "test photos are made by code alone"},
		"server/internal/ordered":  {nil, "every room that has a lock imports it"},
		"web":                      {nil, "it is files"},
		"diseases":                 {nil, "it is a data file, which the training tools read too"},
		"server/internal/mango":    {[]string{"mangosense/diseases"}, "it is the leaf: every room imports it"},
		"server/internal/clock":    {nil, "every room may ask for the time"},
		"server/internal/config":   {nil, "options are plain values"},
		"server/internal/diagnose": {[]string{in + "mango", in + "ordered", in + "clock", "mangosense/models", "mangosense/preprocess"}, "an answer does not depend on who asks or what is stored"},
		"server/internal/cli": {[]string{in + "app", in + "config", in + "mango", in + "auth", in + "charset", in + "control", in + "diagnose", in + "intake", in + "django", in + "media",
			in + "metrics", in + "modelset", in + "store", in + "learn", in + "versions", "mangosense/models", "mangosense/preprocess", "mangosense/tflite", "github.com/alecthomas/kong", "golang.org/x/term"}, "a command speaks no HTTP but through app"},
		"server/internal/intake":        {[]string{in + "mango", in + "clock", "mangosense/preprocess"}, "the order of the steps, not the steps: they come as interfaces; what it hands on is preprocess's photo"},
		"server/internal/modelset":      {[]string{in + "mango", in + "ordered", in + "diagnose", "mangosense/models", "mangosense/tflite"}, "it opens models and knows no photo, no record and no HTTP"},
		"server/internal/learn":         {[]string{"mangosense/models", "gonum.org/v1/gonum"}, "it fits numbers, wherever they come from"},
		"server/internal/versions":      {[]string{in + "disk", "mangosense/models"}, "folders of versions, whoever chooses among them"},
		"server/internal/disk":          {[]string{in + "mango", in + "ordered", "golang.org/x/sys"}, "files, not records"},
		"server/internal/store":         {[]string{"mangosense/diseases", in + "mango", in + "ordered", in + "clock", in + "disk", in + "store/codec", in + "store/commit", in + "store/counted", in + "store/repair", "go.etcd.io/bbolt", "golang.org/x/sys", "golang.org/x/text"}, "records, not photos and not HTTP"},
		"server/internal/store/codec":   {[]string{"mangosense/diseases", in + "mango"}, "stored bytes are read and written by functions alone, without a file or a transaction"},
		"server/internal/store/counted": {[]string{in + "store/codec", "go.etcd.io/bbolt"}, "lists of times and ids, whatever they mean"},
		"server/internal/store/commit":  {nil, "it runs functions, whatever they write"},
		"server/internal/store/repair":  {[]string{in + "store/codec"}, "it reads pages that cannot be trusted, without bbolt and whatever their rows are"},
		"server/internal/store/torture": {nil, "it is tests alone"},
		"server/internal/listen":        {[]string{in + "ordered", "golang.org/x/sys"}, "it accepts connections and knows no HTTP"},
		"server/internal/thumbnail":     {[]string{in + "mango", in + "ordered"}, "it keeps pictures that others open and decode"},
		"server/internal/media":         {[]string{in + "mango", in + "ordered", in + "clock", in + "disk"}, "photos, not records"},
		"server/internal/control":       {[]string{in + "mango", in + "clock", in + "store", in + "media", in + "disk", in + "listen"}, "commands beside a server do what the server could do, and no HTTP"},
		"server/internal/auth":          {[]string{in + "mango", in + "clock", "github.com/golang-jwt/jwt/v5", "golang.org/x/crypto"}, "no HTTP in it"},
		"server/internal/line":          {nil, "it counts waiting requests, whatever they are"},
		"server/internal/rate":          {[]string{in + "clock"}, "it counts keys, whoever they are"},
		"server/internal/budget":        {nil, "it counts what it is told, whatever that is"},
		"server/internal/offheap":       {nil, "it lends memory, whatever lies in it"},
		"server/internal/openapi":       {nil, "it is a text"},
		"server/internal/charset":       {[]string{"golang.org/x/text"}, "it knows bytes and letters, and no format"},
		"server/internal/django":        {[]string{in + "mango", in + "auth", in + "charset", "mangosense/preprocess", "modernc.org/sqlite"}, "an import brings rows to the stores that it is given"},
		"server/internal/metrics":       {[]string{"github.com/prometheus/client_golang", "github.com/prometheus/client_model", "github.com/prometheus/common"}, "whoever counts must not be counted on"},
		"server/bench":                  {[]string{"mangosense/server/bench/process"}, "it measures the program from outside"},
		"server/bench/process":          {nil, "it starts the program and reads /proc"},
		"server/bench/records":          {[]string{"mangosense/diseases", in + "mango", in + "store"}, "it fills a store, and knows nothing of photos or HTTP"},
		"server/bench/store":            {[]string{"mangosense/server/bench/records", in + "mango", in + "store"}, "it measures the store, not the program"},
		"server/bench/http":             {[]string{"mangosense/diseases", "mangosense/server/bench/records", "mangosense/server/bench/process", in + "mango", in + "auth", in + "store"}, "it fills a store and then measures the program from outside, as a client does"},

		"server/internal/api":               {[]string{in + "mango", in + "auth", in + "intake", in + "clock", in + "api/upload", in + "api/accounts", in + "api/confirmations", in + "api/inference", in + "api/kit", in + "api/jsonbody", in + "api/notifications", in + "api/oversight", in + "api/pages", in + "api/photos", in + "api/records", in + "api/reference", in + "api/render", in + "api/statistics", in + "api/training", in + "api/vocabulary", "github.com/valyala/fasthttp", "github.com/fasthttp/router"}, "it lets callers in and names each route's handler"},
		"server/internal/api/accounts":      {[]string{in + "mango", in + "auth", in + "rate", in + "api/kit", in + "api/jsonbody", in + "api/render"}, "passwords and tokens are auth's"},
		"server/internal/api/apitest":       {[]string{in + "mango", in + "ordered", in + "auth", in + "diagnose", in + "intake", in + "media", in + "store", in + "openapi", in + "api", in + "api/kit", in + "api/oversight", "mangosense/preprocess", "github.com/getkin/kin-openapi"}, "it is for tests: a whole server, and what it is held against"},
		"server/internal/api/confirmations": {[]string{in + "mango", in + "clock", in + "api/kit", in + "api/jsonbody", in + "api/render"}, "it translates: the store comes as an interface"},
		"server/internal/api/inference":     {[]string{in + "mango", in + "intake", in + "api/kit", in + "api/jsonbody", in + "api/render"}, "a tensor is a photo on its way"},
		"server/internal/api/jsonbody":      {[]string{in + "mango"}, "bytes and bounds: it knows no request"},
		"server/internal/api/kit":           {[]string{in + "mango", in + "clock", in + "budget", in + "line", in + "rate", in + "intake", in + "api/upload", in + "api/jsonbody", in + "api/render", "github.com/valyala/fasthttp"}, "a call is bytes, bounds and a caller; it knows no resource"},
		"server/internal/api/notifications": {[]string{in + "mango", in + "api/kit", in + "api/render"}, "it translates: the store comes as an interface"},
		"server/internal/api/oversight":     {[]string{in + "mango", in + "clock", in + "ordered", in + "intake", in + "api/kit", in + "api/jsonbody", in + "api/render"}, "it asks the store and, by functions, the program; it opens nothing"},
		"server/internal/api/pages":         {[]string{in + "mango", in + "api/kit"}, "a page is a file: what it shows it asks for as apps do"},
		"server/internal/api/photos":        {[]string{in + "mango", in + "auth", in + "intake", in + "api/upload", in + "api/kit", in + "api/render"}, "it makes a request of a form and an answer of a result"},
		"server/internal/api/records":       {[]string{in + "mango", in + "intake", in + "api/upload", in + "api/kit", in + "api/jsonbody", in + "api/render"}, "it translates: the store comes as an interface"},
		"server/internal/api/reference":     {[]string{in + "mango", in + "openapi", in + "api/kit", in + "api/render"}, "it asks whoever knows, by functions"},
		"server/internal/api/render":        {[]string{in + "mango"}, "how a value is written depends on the value alone"},
		"server/internal/api/statistics":    {[]string{in + "mango", in + "api/kit", in + "api/render"}, "counts are the store's"},
		"server/internal/api/training":      {[]string{in + "mango", in + "clock", in + "intake", in + "api/upload", in + "api/kit", in + "api/jsonbody", in + "api/render"}, "it translates: store and models come as interfaces"},
		"server/internal/api/upload":        {[]string{in + "budget", in + "offheap"}, "a form is bytes and fields"},
		"server/internal/api/vocabulary":    {[]string{"mangosense/diseases", in + "mango", in + "ordered", in + "api/kit", in + "api/jsonbody", in + "api/render"}, "the rules are the store's"},
	}
	for room, list := range imports(t) {
		wall, ok := walls[room]
		switch {
		case ok:
		case room == "server/internal/app", room == "server", strings.HasPrefix(room, "tools/"):
			continue // they put the rooms together, or stand outside
		default:
			t.Errorf("%s has no wall: say here what it may import, and why", room)
			continue
		}
		for _, p := range list {
			standard := p == "C" || !strings.Contains(strings.SplitN(p, "/", 2)[0], ".") && !strings.HasPrefix(p, "mangosense/")
			// A room is not its rooms below: api/upload is no part of api.
			fits := func(may string) bool { return p == may || !strings.HasPrefix(may, "mangosense/") && within(p, may) }
			if !standard && !slices.ContainsFunc(wall.may, fits) {
				t.Errorf("%s imports %s: %s", room, p, wall.why)
			}
		}
	}
}
