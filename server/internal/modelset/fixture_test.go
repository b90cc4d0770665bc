package modelset_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"mangosense/models"
	"mangosense/preprocess"
	"mangosense/preprocess/photos"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/modelset"
)

// folder is a models folder that a test may spoil: the real leaf model under two
// names, the real fruit model.
type folder struct {
	t     *testing.T
	dir   string
	sound map[string][]byte // its files as they were
}

// in is the folder for a subtest, which may spoil it and leaves it sound.
func (f folder) in(t *testing.T) folder {
	f.t = t
	t.Cleanup(f.mend)
	return f
}

// mend puts every file back as it was.
func (f folder) mend() {
	for name, b := range f.sound {
		f.write(name, b)
	}
}

func newFolder(t *testing.T) folder {
	t.Helper()
	const real = "../../../models"
	f := folder{t, t.TempDir(), map[string][]byte{}}
	for _, name := range []string{models.ManifestName, "leaf-mobilenetv2.tflite", "fruit-mobilenetv2.tflite"} {
		b, err := os.ReadFile(filepath.Join(real, name))
		if err != nil {
			t.Skip("the models are not here: ", err)
		}
		f.write(name, b)
		if name == "leaf-mobilenetv2.tflite" {
			f.write("leaf-next.tflite", b)
		}
	}
	f.edit(func(m map[string]any) {
		list := m["models"].([]any)
		for _, x := range list {
			if x := x.(map[string]any); x["kind"] == "leaf" {
				next := clone(t, x)
				next["id"] = "leaf-next"
				next["files"].(map[string]any)["tflite"].(map[string]any)["name"] = "leaf-next.tflite"
				delete(next["files"].(map[string]any), "keras")
				m["models"] = append(list, next)
			}
		}
	})
	for _, name := range []string{models.ManifestName, "leaf-mobilenetv2.tflite", "leaf-next.tflite", "fruit-mobilenetv2.tflite"} {
		f.sound[name] = f.read(name)
	}
	return f
}

func clone(t *testing.T, x map[string]any) (out map[string]any) {
	t.Helper()
	b, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (f folder) write(name string, b []byte) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), b, 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func (f folder) read(name string) []byte {
	f.t.Helper()
	b, err := os.ReadFile(filepath.Join(f.dir, name))
	if err != nil {
		f.t.Fatal(err)
	}
	return b
}

// edit changes the manifest.
func (f folder) edit(change func(map[string]any)) {
	f.t.Helper()
	var m map[string]any
	if err := json.Unmarshal(f.read(models.ManifestName), &m); err != nil {
		f.t.Fatal(err)
	}
	change(m)
	b, err := json.Marshal(m)
	if err != nil {
		f.t.Fatal(err)
	}
	f.write(models.ManifestName, b)
}

// each changes every model of the manifest that has the id.
func (f folder) each(id string, change func(map[string]any)) {
	f.t.Helper()
	f.edit(func(m map[string]any) {
		for _, x := range m["models"].([]any) {
			if x := x.(map[string]any); x["id"] == id {
				change(x)
			}
		}
	})
}

// flip changes one byte in the middle of a file.
func (f folder) flip(name string) {
	b := f.read(name)
	b[len(b)/2] ^= 1
	f.write(name, b)
}

// resealed is the manifest's entry of a file as it lies there now.
func (f folder) resealed(name string) map[string]any {
	b := f.read(name)
	sum := sha256.Sum256(b)
	return map[string]any{"name": name, "bytes": len(b), "sha256": hex.EncodeToString(sum[:])}
}

func (f folder) manifest() *models.Manifest {
	f.t.Helper()
	m, err := models.Read(f.dir)
	if err != nil {
		f.t.Fatal(err)
	}
	return m
}

// desk answers real photos by the models of a set.
type desk struct {
	*diagnose.Diagnoser
	set *modelset.Set
}

// open opens a set on the folder with a diagnoser in front of it.
func (f folder) open(choices mango.Choices) (desk, error) {
	f.t.Helper()
	pixels, err := preprocess.New(preprocess.Config{})
	if err != nil {
		f.t.Fatal(err)
	}
	d, err := diagnose.New(diagnose.Config{Photos: pixels, Admission: diagnose.NewAdmission(4, 100, 1<<30)})
	if err != nil {
		f.t.Fatal(err)
	}
	set, err := modelset.Open(modelset.Config{
		Manifest: f.manifest(), Interpreters: 1, Answering: d, Choices: choices, Log: slog.New(slog.DiscardHandler),
	})
	f.t.Cleanup(func() {
		d.Close()
		if set != nil {
			for range 2 {
				if err := set.Close(); err != nil {
					f.t.Error(err)
				}
			}
		}
		pixels.Close()
	})
	return desk{d, set}, err
}

func (f folder) mustOpen(choices mango.Choices) desk {
	f.t.Helper()
	d, err := f.open(choices)
	if err != nil {
		f.t.Fatal(err)
	}
	return d
}

// model is the id and version of what answers a photo of a kind.
func (d desk) model(t *testing.T, kind mango.Kind) string {
	t.Helper()
	photo, err := d.Probe(photos.JPEG(64, 48), [32]byte{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Diagnose(context.Background(), photo, mango.Request{Kind: kind})
	if err != nil {
		t.Fatal(err)
	}
	return got.Model.ID + " " + got.Model.Version
}

// choices is a memory of what was chosen that can fail.
type choices struct {
	mu   sync.Mutex
	by   map[mango.Kind]string
	left int // calls of SetModel until one fails; 0: none does
	err  error
}

func (c *choices) Settings() mango.Settings {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := mango.Settings{Models: map[mango.Kind]string{}}
	for k, v := range c.by {
		out.Models[k] = v
	}
	return out
}

func (c *choices) SetModel(_ context.Context, _ mango.Actor, k mango.Kind, file string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left > 0 {
		if c.left--; c.left == 0 {
			return c.err
		}
	}
	if c.by == nil {
		c.by = map[mango.Kind]string{}
	}
	c.by[k] = file
	return nil
}
