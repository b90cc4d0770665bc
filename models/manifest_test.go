package models_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mangosense/models"
)

// sound is a manifest of one model that has nothing wrong.
func sound() map[string]any {
	return map[string]any{
		"schema": 1,
		"models": []any{map[string]any{
			"id": "leaf-small", "kind": "leaf", "version": "1.0.0",
			"files": map[string]any{
				"keras":  map[string]any{"name": "leaf.keras", "sha256": "", "bytes": 0},
				"tflite": map[string]any{"name": "leaf.tflite", "sha256": strings.Repeat("0a", 32), "bytes": 0},
			},
			"input": map[string]any{
				"width": 224, "height": 224, "channels": 3, "layout": "NHWC", "dtype": "uint8", "colour": "RGB",
				"scaling": "-1..1", "scale": 0.0078, "zero_point": 127,
				"resize": map[string]any{"fit": "stretch", "filter": "triangle"},
			},
			"outputs": []any{
				map[string]any{"role": "gate", "index": 0, "size": 3, "dtype": "int8"},
				map[string]any{"role": "classes", "index": 1, "size": 2, "dtype": "int8"},
			},
			"classes":     []any{"Healthy", "Anthracnose"},
			"calibration": map[string]any{"temperature": 1.5},
			"gate":        map[string]any{"classes": []any{"leaf", "fruit", "other"}, "temperature": 1, "threshold": 0.6},
			"thresholds":  map[string]any{"unknown": 0.2},
		}},
	}
}

func first(m map[string]any) map[string]any { return m["models"].([]any)[0].(map[string]any) }

func encode(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestParseSound(t *testing.T) {
	m, err := models.Parse(encode(t, sound()))
	if err != nil {
		t.Fatal(err)
	}
	leaf, ok := m.ByKind("leaf")
	if !ok || leaf.ID != "leaf-small" {
		t.Fatalf("ByKind(leaf) = %+v, %v", leaf, ok)
	}
	if o, ok := leaf.Output(models.RoleClasses); !ok || o.Index != 1 || o.Size != 2 {
		t.Errorf("class output = %+v, %v", o, ok)
	}
	if got := leaf.Input.Bytes(); got != 224*224*3 {
		t.Errorf("input bytes = %d", got)
	}
	if _, ok := m.ByKind("fruit"); ok {
		t.Error("a fruit model that nobody listed")
	}
}

func TestParseRefuses(t *testing.T) {
	for name, spoil := range map[string]func(map[string]any){
		"newer schema":      func(m map[string]any) { m["schema"] = 99 },
		"no models":         func(m map[string]any) { m["models"] = []any{} },
		"two of one id":     func(m map[string]any) { m["models"] = append(m["models"].([]any), first(m)) },
		"no id":             func(m map[string]any) { first(m)["id"] = "" },
		"unknown kind":      func(m map[string]any) { first(m)["kind"] = "root" },
		"path as file name": func(m map[string]any) { first(m)["files"].(map[string]any)["tflite"].(map[string]any)["name"] = "../x" },
		"no digest of the weights": func(m map[string]any) {
			first(m)["files"].(map[string]any)["tflite"].(map[string]any)["sha256"] = ""
		},
		"a digest in capitals": func(m map[string]any) {
			first(m)["files"].(map[string]any)["tflite"].(map[string]any)["sha256"] = strings.Repeat("0A", 32)
		},
		"input of 0 pixels":         func(m map[string]any) { first(m)["input"].(map[string]any)["width"] = 0 },
		"input of 4 channels":       func(m map[string]any) { first(m)["input"].(map[string]any)["channels"] = 4 },
		"unknown resize rule":       func(m map[string]any) { first(m)["input"].(map[string]any)["resize"] = map[string]any{"fit": "guess"} },
		"temperature 0":             func(m map[string]any) { first(m)["calibration"] = map[string]any{"temperature": 0} },
		"threshold above 1":         func(m map[string]any) { first(m)["thresholds"] = map[string]any{"unknown": 1.5} },
		"fewer names than outputs":  func(m map[string]any) { first(m)["classes"] = []any{"Healthy"} },
		"a class twice":             func(m map[string]any) { first(m)["classes"] = []any{"Healthy", "Healthy"} },
		"gate head without numbers": func(m map[string]any) { first(m)["gate"] = nil },
		"gate of other classes": func(m map[string]any) {
			first(m)["gate"].(map[string]any)["classes"] = []any{"leaf", "fruit", "stone"}
		},
		"a familiarity of no output": func(m map[string]any) {
			first(m)["familiarity"] = map[string]any{"measure": "setting", "bias": 0, "weight": 1, "threshold": 0}
		},
		"an unknown familiarity": func(m map[string]any) {
			first(m)["familiarity"] = map[string]any{"measure": "guess", "threshold": 0}
		},
		"a cam of another size": func(m map[string]any) {
			first(m)["outputs"] = append(first(m)["outputs"].([]any), map[string]any{"role": "cam", "index": 2, "size": 98, "dtype": "int8", "height": 7, "width": 7, "channels": 8})
		},
		"two outputs of one index": func(m map[string]any) {
			first(m)["outputs"].([]any)[0].(map[string]any)["index"] = 1
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := sound()
			spoil(m)
			if _, err := models.Parse(encode(t, m)); !errors.Is(err, models.ErrManifest) {
				t.Errorf("error = %v, want ErrManifest", err)
			}
		})
	}
	t.Run("not JSON", func(t *testing.T) {
		if _, err := models.Parse([]byte("{")); !errors.Is(err, models.ErrManifest) {
			t.Errorf("error = %v, want ErrManifest", err)
		}
	})
	t.Run("LFS pointer", func(t *testing.T) {
		if _, err := models.Parse([]byte("version https://git-lfs.github.com/spec/v1\n")); !errors.Is(err, models.ErrPointer) {
			t.Errorf("error = %v, want ErrPointer", err)
		}
	})
}

// folder writes a manifest that fits the two given files.
func folder(t *testing.T, keras, tflite []byte) string {
	t.Helper()
	dir := t.TempDir()
	m := sound()
	files := first(m)["files"].(map[string]any)
	for key, data := range map[string][]byte{"keras": keras, "tflite": tflite} {
		sum := sha256.Sum256(data)
		f := files[key].(map[string]any)
		f["sha256"], f["bytes"] = hex.EncodeToString(sum[:]), len(data)
		if err := os.WriteFile(filepath.Join(dir, f["name"].(string)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, models.ManifestName), encode(t, m), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCheckFiles(t *testing.T) {
	keras, tflite := []byte(strings.Repeat("k", 5000)), []byte(strings.Repeat("t", 3000))
	for name, c := range map[string]struct {
		spoil  func(dir string) error
		file   string
		want   error
		absent bool
	}{
		"sound":           {spoil: func(string) error { return nil }},
		"absent .keras":   {spoil: func(d string) error { return os.Remove(filepath.Join(d, "leaf.keras")) }, file: "leaf.keras", absent: true},
		"missing .tflite": {spoil: func(d string) error { return os.Remove(filepath.Join(d, "leaf.tflite")) }, file: "leaf.tflite", want: models.ErrMissing},
		"0 bytes":         {spoil: func(d string) error { return os.Truncate(filepath.Join(d, "leaf.tflite"), 0) }, file: "leaf.tflite", want: models.ErrEmpty},
		"cut short":       {spoil: func(d string) error { return os.Truncate(filepath.Join(d, "leaf.keras"), 4999) }, file: "leaf.keras", want: models.ErrSize},
		"one byte differs": {spoil: func(d string) error {
			other := []byte(strings.Repeat("t", 2999) + "x")
			return os.WriteFile(filepath.Join(d, "leaf.tflite"), other, 0o600)
		}, file: "leaf.tflite", want: models.ErrSum},
		"LFS pointer": {spoil: func(d string) error {
			text := "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3000\n"
			return os.WriteFile(filepath.Join(d, "leaf.tflite"), []byte(text), 0o600)
		}, file: "leaf.tflite", want: models.ErrPointer},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, keras, tflite)
			if err := c.spoil(dir); err != nil {
				t.Fatal(err)
			}
			m, err := models.Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range m.CheckFiles() {
				want, absent := error(nil), false
				if f.Name == c.file {
					want, absent = c.want, c.absent
				}
				if !errors.Is(f.Err, want) || f.Absent != absent {
					t.Errorf("%s: error %v, absent %v; want %v, %v", f.Name, f.Err, f.Absent, want, absent)
				}
				if f.Err != nil && (f.Remedy == "" || !strings.Contains(f.Err.Error(), f.Name)) {
					t.Errorf("%s: error %q, remedy %q: both file and remedy must be named", f.Name, f.Err, f.Remedy)
				}
			}
		})
	}
}

// TestCommitted looks at the models that are delivered.
func TestCommitted(t *testing.T) {
	m, err := models.Read(".")
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no models/manifest.json in this tree")
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range m.CheckFiles() {
		if f.Err != nil {
			t.Error(f.Err)
		}
		if limit := map[bool]int64{true: 10e6, false: 3.5e6}[strings.HasSuffix(f.Name, ".keras")]; f.Bytes > limit {
			t.Errorf("%s has %d bytes, more than %d", f.Name, f.Bytes, limit)
		}
	}
	for kind, classes := range map[string]int{"leaf": 8, "fruit": 5} {
		if x, ok := m.ByKind(kind); !ok || len(x.Classes) != classes {
			t.Errorf("%s: %d classes, want %d", kind, len(x.Classes), classes)
		}
	}
}

// TestOddFiles: what is no file under a model's or the manifest's name is a
// finding, and holds nobody: neither a pipe nor a device that never ends.
func TestOddFiles(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"device": func(path string) error { return os.Symlink("/dev/zero", path) },
		"folder": func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := put(filepath.Join(dir, models.ManifestName)); err != nil {
				t.Fatal(err)
			}
			if _, err := models.Read(dir); !errors.Is(err, models.ErrNotRegular) {
				t.Errorf("as the manifest: %v", err)
			}
			text, err := os.ReadFile("manifest.json")
			if err != nil {
				t.Fatal(err)
			}
			dir = t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, models.ManifestName), text, 0o600); err != nil {
				t.Fatal(err)
			}
			m, err := models.Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			if err := put(m.TFLitePath(m.Models[0])); err != nil {
				t.Fatal(err)
			}
			for _, f := range m.CheckFiles() {
				if f.Name == m.Models[0].Files.TFLite.Name && !errors.Is(f.Err, models.ErrNotRegular) {
					t.Errorf("as weights: %v", f.Err)
				}
			}
		})
	}
}
