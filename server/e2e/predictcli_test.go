package e2e_test

import (
	"bufio"
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mangosense/preprocess/photos"
)

// jsonLine is what one line of predict --json must hold, and no less.
type jsonLine struct {
	Path          string
	Kind          *string
	Disease       *string
	Confidence    *float64
	Probabilities map[string]float64
	Gate          *struct {
		Leaf, Fruit, Other *float64
		Passed             *bool
	}
	Model, Version *string
	Milliseconds   map[string]float64
	Error          *string
}

// jsonKeys are those that scripts rely on.
var jsonKeys = strings.Fields("path kind disease confidence probabilities gate model version milliseconds error")

// folder lays photos of all formats and one that is none into a new folder.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"a.jpg": photos.JPEG(640, 480), "b.png": photos.PNG(320, 240), "below/c.webp": photos.WebP(300, 200),
		"d.jpg": []byte("no photo"), "notes.txt": []byte("not looked at"),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestPredictNothing: where no photo was diagnosed, the command could not do its work.
func TestPredictNothing(t *testing.T) {
	t.Parallel()
	r := command(t, []string{"MODELS_DIR=" + needModels(t)}, "predict", filepath.Join(folder(t), "d.jpg"), "/nowhere/\x1b[2Jno.jpg")
	if r.code != 1 || !strings.Contains(r.errOut, "no photo could be diagnosed") || strings.Contains(r.out+r.errOut, "\x1b") {
		t.Errorf("exit %d\n%q\n%q", r.code, r.out, r.errOut)
	}
}

func TestPredictJSON(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	link := filepath.Join(t.TempDir(), "photos")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for kind, classes := range map[string]int{"leaf": 8, "fruit": 5, "auto": 0} {
		t.Run(kind, func(t *testing.T) {
			// A path comes back as it was given, a folder's as the beginning.
			given := map[string]string{"leaf": dir + "/./", "fruit": link, "auto": dir}[kind]
			r := command(t, []string{"MODELS_DIR=" + needModels(t)}, "predict", "--kind", kind, "--json", given, "/nowhere/../nowhere.jpg")
			if r.code != 3 || !strings.Contains(r.errOut, "2 of 5 photos") {
				t.Errorf("exit %d, want 3 because of two bad files: %s", r.code, r.errOut)
			}
			if strings.Contains(r.errOut, "\r") {
				t.Errorf("a progress bar without a terminal: %q", r.errOut)
			}
			var seen []string
			for lines := bufio.NewScanner(strings.NewReader(r.out)); lines.Scan(); {
				seen = append(seen, checkLine(t, lines.Bytes(), kind, classes))
			}
			at := strings.TrimRight(given, "/") + "/"
			want := []string{at + "a.jpg", at + "b.png", at + "below/c.webp", at + "d.jpg", "/nowhere/../nowhere.jpg"}
			if !slices.Equal(seen, want) {
				t.Errorf("lines for %q, want %q", seen, want)
			}
		})
	}
}

// checkLine holds a line to what is promised of it and returns its path.
func checkLine(t *testing.T, text []byte, kind string, classes int) string {
	t.Helper()
	var keys map[string]any
	var line jsonLine
	if err := json.Unmarshal(text, &keys); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if err := json.Unmarshal(text, &line); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	for _, k := range jsonKeys {
		if _, ok := keys[k]; !ok {
			t.Errorf("no %q in %s", k, text)
		}
	}
	if bad := strings.HasSuffix(line.Path, "d.jpg") || strings.HasSuffix(line.Path, "nowhere.jpg"); bad != (line.Error != nil) {
		t.Errorf("error %v in %s", line.Error, text)
		return line.Path
	} else if bad {
		return line.Path
	}
	sum := 0.0
	for _, p := range line.Probabilities {
		sum += p
	}
	if kind != "auto" && (*line.Kind != kind || len(line.Probabilities) != classes) || math.Abs(sum-1) > 1e-6 {
		t.Errorf("%d probabilities of sum %f in %s", len(line.Probabilities), sum, text)
	}
	if *line.Confidence < 0 || *line.Confidence > 1 || *line.Disease == "" || *line.Model == "" || *line.Version == "" {
		t.Errorf("confidence, disease, model or version in %s", text)
	}
	// Pictures made by code are no mango: the gate is there all the same.
	if g := line.Gate; g == nil || g.Passed == nil || math.Abs(*g.Leaf+*g.Fruit+*g.Other-1) > 1e-6 {
		t.Errorf("gate in %s", text)
	}
	if got := slices.Sorted(maps.Keys(line.Milliseconds)); !slices.Equal(got, []string{"decode", "infer", "resize", "total"}) || line.Milliseconds["total"] <= 0 {
		t.Errorf("milliseconds in %s", text)
	}
	return line.Path
}

func TestLabelFromFolder(t *testing.T) {
	t.Parallel()
	env := []string{"MODELS_DIR=" + needModels(t)}
	dir := filepath.Join(t.TempDir(), "Sooty_Mould")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.jpg"), photos.JPEG(640, 480), 0o600); err != nil {
		t.Fatal(err)
	}
	r := command(t, env, "predict", "--kind", "leaf", "--label-from-folder", dir)
	if r.code != 0 || !strings.Contains(r.out, "accuracy ") || !strings.Contains(r.out, "true \\ answer") || !strings.Contains(r.out, "\nSooty Mold ") {
		t.Errorf("exit %d\n%s%s", r.code, r.out, r.errOut)
	}
	// For programs the lines stay alone on standard output.
	r = command(t, env, "predict", "--kind", "leaf", "--json", "--label-from-folder", dir)
	if r.code != 0 || strings.Count(r.out, "\n") != 1 || !strings.Contains(r.errOut, "accuracy ") {
		t.Errorf("exit %d\n%s%s", r.code, r.out, r.errOut)
	}
}
