package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"mangosense/preprocess/photos"
)

// TestHangupReloadsModels: after SIGHUP what lies in the models folder answers,
// no photo under way is lost, and a folder that is not whole changes nothing.
func TestHangupReloadsModels(t *testing.T) {
	t.Parallel()
	dir := lenient(t)
	s := start(t, "MODELS_DIR="+dir)
	version := func() any {
		return at(s.predict(photos.JPEG(320, 240), "detection_type", "leaf").json, "data", "debug_info", "model_version")
	}
	hangup := func(want string) {
		t.Helper()
		seen := strings.Count(s.logged(), want)
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "the log says "+want, func() bool { return strings.Count(s.logged(), want) > seen })
	}
	before := version()

	var busy sync.WaitGroup
	end := make(chan struct{})
	busy.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-end:
				return
			default:
			}
			if a := s.predict(photos.JPEG(200, 150+n%50), "detection_type", "leaf"); a.status != 200 {
				t.Errorf("a photo under way gets %d: %.200s", a.status, a.body)
				return
			}
		}
	})
	rewriteManifest(t, dir, func(m map[string]any) {
		if m["kind"] == "leaf" {
			m["version"] = "9.9.9"
		}
	})
	hangup("model reloaded")
	close(end)
	busy.Wait()
	if got := version(); got != "9.9.9" {
		t.Errorf("version %v answers, want 9.9.9 (it was %v)", got, before)
	}
	hangup("models are as they were")

	path := filepath.Join(dir, "leaf-mobilenetv2.tflite")
	weights, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, weights[:1000], 0o600); err != nil {
		t.Fatal(err)
	}
	hangup("cannot reload the models")
	if got := version(); got != "9.9.9" {
		t.Errorf("with a damaged folder version %v answers, want the old one to go on", got)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("the server ended with %d:\n%s", code, s.logged())
	}
}

// rewriteManifest changes each model of a models folder's manifest.
func rewriteManifest(t *testing.T, dir string, change func(model map[string]any)) {
	t.Helper()
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
		change(m.(map[string]any))
	}
	if data, err = json.Marshal(manifest); err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
