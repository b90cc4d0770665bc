package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mangosense/preprocess/photos"
)

// damageWeights changes 2,000 bytes amid a model's weights: the file's structure
// stays sound, and every interpreter takes it.
func damageWeights(t *testing.T, path string) {
	t.Helper()
	weights, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		weights[len(weights)/3+i] ^= 0x15
	}
	if err := os.WriteFile(path, weights, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDamagedWeightsNeverAnswer: whoever opens a model refuses weights that are
// not those of the manifest.
func TestDamagedWeightsNeverAnswer(t *testing.T) {
	t.Parallel()
	const fault = "another SHA-256"
	for _, file := range []string{"leaf-mobilenetv2.tflite", "fruit-mobilenetv2.tflite"} {
		sound := copyModels(t, needModels(t))
		damaged := copyModels(t, sound)
		damageWeights(t, filepath.Join(damaged, file))
		photo := filepath.Join(t.TempDir(), "leaf.jpg")
		if err := os.WriteFile(photo, photos.JPEG(320, 240), 0o600); err != nil {
			t.Fatal(err)
		}
		for name, args := range map[string][]string{
			"serve":   {"serve"},
			"predict": {"predict", photo},
			"check":   {"check"},
		} {
			t.Run(file+"/"+name, func(t *testing.T) {
				env := []string{"PORT=0", "ADDRESS=127.0.0.1", "DATA_DIR=" + t.TempDir(), "MODELS_DIR=" + damaged}
				r := command(t, env, args...)
				said := r.out + r.errOut
				if r.code != 1 || !strings.Contains(said, file) {
					t.Errorf("exit code %d, want 1 and the file's name:\n%s", r.code, said)
				}
				if name != "check" && !strings.Contains(said, fault) {
					t.Errorf("it does not say %q:\n%s", fault, said)
				}
			})
		}
		t.Run(file+"/SIGHUP", func(t *testing.T) {
			dir := copyModels(t, sound)
			s := start(t, "MODELS_DIR="+dir)
			for _, change := range []func(){
				func() { damageWeights(t, filepath.Join(dir, file)) }, // the manifest as it was
				func() { // and with a manifest that has it opened anew
					rewriteManifest(t, dir, func(m map[string]any) { m["version"] = "9.9.9" })
				},
			} {
				change()
				seen := strings.Count(s.logged(), "cannot reload the models")
				if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
					t.Fatal(err)
				}
				waitFor(t, "the reload is refused", func() bool { return strings.Count(s.logged(), "cannot reload the models") > seen })
			}
			a := s.predict(photos.JPEG(320, 240), "detection_type", "leaf")
			if v := at(a.json, "data", "debug_info", "model_version"); a.status != 200 || v == "9.9.9" {
				t.Errorf("status %d, version %v; the old model must go on", a.status, v)
			}
		})
	}
}
