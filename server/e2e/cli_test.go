package e2e_test

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mangosense/preprocess/photos"
)

func TestCheckTellsGoodFromBad(t *testing.T) {
	dir := needModels(t)
	data := "DATA_DIR=" + t.TempDir()
	if r := command(t, []string{data, "MODELS_DIR=" + dir}, "check"); r.code != 0 || !strings.Contains(r.out, "✅ All model files are present and valid") {
		t.Errorf("sound models: exit %d\n%s%s", r.code, r.out, r.errOut)
	}
	for name, spoil := range map[string]func(path string) error{
		"0 bytes":   func(p string) error { return os.Truncate(p, 0) },
		"cut short": func(p string) error { return os.Truncate(p, 100_000) },
		"missing":   os.Remove,
		"LFS pointer": func(p string) error {
			return os.WriteFile(p, []byte("version https://git-lfs.github.com/spec/v1\n"), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			copied := copyModels(t, dir)
			if err := spoil(filepath.Join(copied, "leaf-mobilenetv2.tflite")); err != nil {
				t.Fatal(err)
			}
			r := command(t, []string{data, "MODELS_DIR=" + copied}, "check")
			if r.code != 1 || !strings.Contains(r.out, "❌") || !strings.Contains(r.out, "leaf-mobilenetv2.tflite") || !strings.Contains(r.out, "→") {
				t.Errorf("exit %d, want 1, the file's name and a remedy:\n%s", r.code, r.out)
			}
		})
	}
}

// copyModels copies what serving needs: the manifest and the .tflite files.
func copyModels(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	files, err := filepath.Glob(filepath.Join(dir, "*.tflite"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(files, filepath.Join(dir, "manifest.json")) {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(f)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// lenient copies the models with a manifest whose gate and thresholds let every
// picture pass: what is tested is whether answers are kept, and pictures made
// by code are no mango.
func lenient(t *testing.T) string {
	t.Helper()
	dir := copyModels(t, needModels(t))
	path := filepath.Join(dir, "manifest.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var manifest map[string]any
	if err := json.Unmarshal(data, &manifest); err != nil {
		t.Fatal(err)
	}
	for _, m := range manifest["models"].([]any) {
		model := m.(map[string]any)
		model["familiarity"], model["thresholds"] = nil, map[string]any{"unknown": 0}
		if gate, ok := model["gate"].(map[string]any); ok {
			gate["threshold"] = 0
		}
	}
	if data, err = json.Marshal(manifest); err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPredictCommand(t *testing.T) {
	env := []string{"MODELS_DIR=" + needModels(t)}
	dir := t.TempDir()
	for name, data := range map[string][]byte{"a.jpg": photos.JPEG(640, 480), "b.png": photos.PNG(320, 240), "c.webp": photos.WebP(300, 200), "d.jpg": []byte("no photo")} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := command(t, env, "predict", "--kind", "leaf", "--json", dir)
	if r.code != 3 {
		t.Errorf("exit %d, want 3 because of one bad file: %s", r.code, r.errOut)
	}
	var seen []string
	for lines := bufio.NewScanner(strings.NewReader(r.out)); lines.Scan(); {
		var line struct {
			Path, Kind, Disease, Model, Version string
			Confidence                          float64
			Probabilities                       map[string]float64
			Milliseconds                        map[string]float64
			Error                               *string
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%v in %s", err, lines.Text())
		}
		seen = append(seen, filepath.Base(line.Path))
		if bad := strings.HasSuffix(line.Path, "d.jpg"); bad != (line.Error != nil) {
			t.Errorf("error %v in %s", line.Error, lines.Text())
			continue
		} else if bad {
			continue
		}
		sum := 0.0
		for _, p := range line.Probabilities {
			sum += p
		}
		if len(line.Probabilities) != 8 || math.Abs(sum-1) > 1e-6 || line.Kind != "leaf" || line.Milliseconds["total"] <= 0 {
			t.Errorf("%d probabilities of sum %f in %s", len(line.Probabilities), sum, lines.Text())
		}
	}
	if got := strings.Join(seen, " "); got != "a.jpg b.png c.webp d.jpg" {
		t.Errorf("lines for %s", got)
	}
}

func TestLabelFromFolder(t *testing.T) {
	env := []string{"MODELS_DIR=" + needModels(t)}
	dir := filepath.Join(t.TempDir(), "Sooty_Mould")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.jpg"), photos.JPEG(640, 480), 0o600); err != nil {
		t.Fatal(err)
	}
	r := command(t, env, "predict", "--kind", "leaf", "--label-from-folder", dir)
	if r.code != 0 || !strings.Contains(r.out, "accuracy") || !strings.Contains(r.out, "Sooty Mold") {
		t.Errorf("exit %d\n%s%s", r.code, r.out, r.errOut)
	}
}

func TestUsage(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		env  string
		code int
		says string
	}{
		"help":            {args: []string{"--help"}, code: 0, says: "serve"},
		"version":         {args: []string{"version"}, code: 0, says: "TensorFlow Lite"},
		"unknown command": {args: []string{"diagnose"}, code: 2, says: "--help"},
		"wrong option":    {args: []string{"serve"}, env: "PORT=70000", code: 2, says: "PORT"},
		"no models":       {args: []string{"serve"}, env: "MODELS_DIR=/nowhere", code: 1, says: "MODELS_DIR"},
		"no such photo":   {args: []string{"predict", "/nowhere.jpg"}, env: "MODELS_DIR=" + modelsDir, code: 3, says: "nowhere.jpg"},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.HasSuffix(c.env, modelsDir) {
				needModels(t)
			}
			r := command(t, []string{"DATA_DIR=" + t.TempDir(), c.env}, c.args...)
			if all := r.out + r.errOut; r.code != c.code || !strings.Contains(all, c.says) {
				t.Errorf("exit %d, want %d and %q in:\n%s", r.code, c.code, c.says, all)
			}
		})
	}
}

// TestBenchHTTP: the command whose figures are quoted runs, small.
func TestBenchHTTP(t *testing.T) {
	r := command(t, []string{"MODELS_DIR=" + needModels(t)}, "bench", "http", "--records", "60", "--reads", "2", "--dir", t.TempDir())
	if r.code != 0 || !strings.Contains(r.out, "60 records") || !strings.Contains(r.out, "One login: ") {
		t.Errorf("exit %d\n%s%s", r.code, r.out, r.errOut)
	}
}
