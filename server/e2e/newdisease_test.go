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

// TestNewDisease follows the recipe of CONTRIBUTING.md: an entry in copies of
// the data files, one of the advice in each language, and its name in a copy of
// the manifest. Nothing else changes, and the program names the disease, with
// its advice.
func TestNewDisease(t *testing.T) {
	t.Parallel()
	const name, treatment = "Red Rust", "Prune after the rains."
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
	// Copies of the data files take the place of those in the tree.
	dir, replaced := t.TempDir(), map[string]string{}
	for file, insert := range map[string]struct{ after, entry string }{
		"diseases.json":   {`"diseases": [`, `{"name": "` + name + `", "models": ["leaf"], "prompts": {"leaf": [["rust_spots", "Rust-red, velvety spots"]]}},`},
		"advice/en.json":  {`"diseases": {`, `"` + name + `": {"name": "` + name + `", "alone": true, "what": [["An alga.", "pp23"]], "first": [["` + treatment + `", "pp23"]]},`},
		"advice/fil.json": {`"diseases": {`, `"` + name + `": {"name": "Pulang kalawang", "alone": true, "what": [["Lumot.", "pp23"]], "first": [["Pungusan.", "pp23"]]},`},
	} {
		original, err := filepath.Abs("../../diseases/" + file)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(original)
		if err != nil {
			t.Fatal(err)
		}
		replaced[original] = filepath.Join(dir, filepath.Base(file))
		if err := os.WriteFile(replaced[original], []byte(strings.Replace(string(text), insert.after, insert.after+insert.entry, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
		t.Fatal(err)
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
	if a := s.must("GET", "/api/advice/?language=fil", nil); !strings.Contains(string(a.body), "Pulang kalawang") {
		t.Errorf("the advice in Filipino lacks it: %d", a.status)
	}
	a := s.must("GET", "/api/symptoms/?disease=red_rust&type=leaf", nil, "Authorization", "Bearer "+s.grower())
	if a.status != http.StatusOK || !strings.Contains(string(a.body), "Rust-red, velvety spots") {
		t.Errorf("the prompts are %d %s", a.status, a.body)
	}
}
