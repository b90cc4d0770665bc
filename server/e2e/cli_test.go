package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestCheckTellsGoodFromBad(t *testing.T) {
	t.Parallel()
	dir := needModels(t)
	data := "DATA_DIR=" + t.TempDir()
	r := command(t, []string{data, "MODELS_DIR=" + dir}, "check")
	sound := regexp.MustCompile(`^(✅ Model file OK: \S+\.(keras|tflite|bin) \(\d+\.\d\d MB\)\n){6}✅ All model files are present and valid\n$`)
	if r.code != 0 || !sound.MatchString(r.out) {
		t.Errorf("sound models: exit %d\n%s%s", r.code, r.out, r.errOut)
	}
	r = command(t, []string{data, "MODELS_DIR=" + copyModels(t, dir)}, "check")
	if r.code != 0 || !strings.Contains(r.out, "not needed to serve: leaf-mobilenetv2.keras") || !strings.HasSuffix(r.out, "✅ All model files are present and valid\n") {
		t.Errorf("without .keras: exit %d\n%s%s", r.code, r.out, r.errOut)
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
			if r.code != 1 || !strings.Contains(r.out, "❌ Model file faulty: leaf-mobilenetv2.tflite: ") || !strings.Contains(r.out, "\n   → ") {
				t.Errorf("exit %d, want 1, the file's name and a remedy:\n%s", r.code, r.out)
			}
			if strings.Contains(r.out, "✅ All") || !strings.Contains(r.out, "✅ Model file OK: fruit-mobilenetv2.tflite") {
				t.Errorf("the other model is sound, the whole is not:\n%s", r.out)
			}
		})
	}
	t.Run("other shape", func(t *testing.T) {
		copied := copyModels(t, dir)
		rewriteManifest(t, copied, func(m map[string]any) { m["input"].(map[string]any)["width"] = 96 })
		r := command(t, []string{data, "MODELS_DIR=" + copied}, "check")
		if r.code != 1 || strings.Contains(r.out, "✅") || !strings.Contains(r.out, "leaf-mobilenetv2.tflite: the input is") {
			t.Errorf("exit %d:\n%s", r.code, r.out)
		}
	})
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
	rewriteManifest(t, dir, func(model map[string]any) {
		model["familiarity"], model["thresholds"] = nil, map[string]any{"unknown": 0}
		if gate, ok := model["gate"].(map[string]any); ok {
			gate["threshold"] = 0
		}
	})
	return dir
}

func TestUsage(t *testing.T) {
	t.Parallel()
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
		"no such photo":   {args: []string{"predict", "/nowhere.jpg"}, env: "MODELS_DIR=" + modelsDir, code: 1, says: "nowhere.jpg"},
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
	t.Parallel()
	models := needModels(t)
	r := run(t, buildTool(t, "mangosense/server/bench/http"), nil,
		"-bin", binary, "-models", models, "-records", "60", "-reads", "2", "-dir", t.TempDir())
	if r.code != 0 || !strings.Contains(r.out, "60 records") || !strings.Contains(r.out, "One login: ") {
		t.Errorf("exit %d\n%s%s", r.code, r.out, r.errOut)
	}
}
