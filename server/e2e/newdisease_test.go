package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mangosense/preprocess/photos"
)

// TestNewDisease follows the recipe of CONTRIBUTING.md: an entry in a copy of
// the data file, and its name in a copy of the manifest. Nothing else changes,
// and the program names the disease, with its advice.
func TestNewDisease(t *testing.T) {
	const name, treatment = "Red Rust", "Spray Bordeaux mixture 1 % after the rains."
	models, photo := lenient(t), photos.JPEG(320, 240)
	said := func(s *server) (disease, advice string) {
		p := at(s.predict(photo, "detection_type", "leaf").json, "data", "primary_prediction")
		disease, _ = at(p, "disease").(string)
		advice, _ = at(p, "treatment").(string)
		return disease, advice
	}
	before := start(t, "MODELS_DIR="+models)
	old, _ := said(before)
	if old == "" || old == name {
		t.Fatalf("%q is named before", old)
	}

	// The model's output that names this photo learns the new name.
	rewriteManifest(t, models, func(m map[string]any) {
		if m["kind"] == "leaf" {
			for i, class := range m["classes"].([]any) {
				if class == old {
					m["classes"].([]any)[i] = name
				}
			}
		}
	})
	// A copy of the data file takes the place of the one in the tree.
	file, err := filepath.Abs("../../diseases/diseases.json")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	entry := `"diseases": [ {"name": "` + name + `", "models": ["leaf"], "information": "An alga.", "treatment": "` + treatment + `",
		"prompts": {"leaf": [["rust_spots", "Rust-red, velvety spots"]]}},`
	changed := strings.Replace(string(text), `"diseases": [`, entry, 1)
	dir := t.TempDir()
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{file: filepath.Join(dir, "diseases.json")}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"diseases.json": changed, "overlay.json": string(overlay)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "mangosense")
	if out, err := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, "mangosense/server").CombinedOutput(); err != nil {
		t.Fatalf("cannot build: %v\n%s", err, out)
	}
	cmd := exec.Command(program, "serve")
	data := t.TempDir()
	cmd.Env = append(os.Environ(), "PORT=0", "ADDRESS=127.0.0.1", "DATA_DIR="+data, "MODELS_DIR="+models, "RATE_LIMIT=off")
	s := follow(t, cmd, data)
	if disease, advice := said(s); disease != name || advice != treatment {
		t.Errorf("the photo is %q, with the advice %q", disease, advice)
	}
	a := s.must("GET", "/api/symptoms/?disease=red_rust&type=leaf", nil, "Authorization", "Bearer "+s.grower())
	if a.status != http.StatusOK || !strings.Contains(string(a.body), "Rust-red, velvety spots") {
		t.Errorf("the prompts are %d %s", a.status, a.body)
	}
}
