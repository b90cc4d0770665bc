package versions_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"mangosense/models"
	"mangosense/server/internal/versions"
)

// draft is a version of the delivered leaf model that knows one class more.
func draft(t *testing.T) versions.Draft {
	t.Helper()
	manifest, err := models.Read("../../../models")
	if err != nil {
		t.Skip("the models are not here: ", err)
	}
	base, _ := manifest.ByKind("leaf")
	classes := append(append([]string{}, base.Classes...), "Red Rust")
	features, _ := base.Output(models.RoleFeatures)
	setting, _ := base.Output(models.RoleSetting)
	h := &models.Head{Orientations: 1, Temperature: 1, Keep: 0.5, Sharpness: 60, Bias: make([]float32, len(classes)),
		Own: [][]float32{make([]float32, setting.Size)}, OwnClass: []int{0}, Old: [][]float32{make([]float32, setting.Size)}}
	for range classes {
		h.Kernel = append(h.Kernel, make([]float32, features.Size))
	}
	return versions.Draft{Base: base, TFLite: manifest.TFLitePath(base), Head: h, Classes: classes}
}

// TestAddIsWholeOrNotAtAll: the same head is the same version; what a power cut
// left never answers and goes with the next version; without its graph none is
// left.
func TestAddIsWholeOrNotAtAll(t *testing.T) {
	folder, d := filepath.Join(t.TempDir(), "models"), draft(t)
	lost := d
	lost.TFLite = "/nowhere"
	if _, err := versions.Add(folder, lost); err == nil {
		t.Error("a version without its graph is kept")
	}
	half := filepath.Join(folder, ".leaf-1-learnt-half.tmp")
	if err := os.Mkdir(half, 0o700); err != nil {
		t.Fatal(err)
	}
	m, err := versions.Add(folder, d)
	if err != nil {
		t.Fatal(err)
	}
	again, err := versions.Add(folder, d)
	if err != nil || again.ID != m.ID {
		t.Errorf("added again: %s, %v", again.ID, err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 || entries[0].Name() != m.ID {
		t.Errorf("left: %v, %v", entries, err)
	}
	// A damaged one of the same id is written anew.
	path := filepath.Join(folder, m.ID, models.ManifestName)
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if again, err = versions.Add(folder, d); err != nil || again.ID != m.ID {
		t.Errorf("over a damaged one: %v", err)
	}
	if err := versions.Remove(folder, m.ID); err != nil {
		t.Error(err)
	}
	for _, id := range []string{m.ID, "..", ".", "a/b", ""} {
		if err := versions.Remove(folder, id); err == nil {
			t.Errorf("%q is removed", id)
		}
	}
}

func TestAddIsBounded(t *testing.T) {
	folder := t.TempDir()
	for i := range models.MaxAddedModels {
		if err := os.Mkdir(filepath.Join(folder, string(rune('A'+i))), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := versions.Add(folder, draft(t)); !errors.Is(err, versions.ErrMany) {
		t.Errorf("%v", err)
	}
}
