package models_test

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mangosense/models"
)

// learner is a model that a head or memory can be of.
func learner() models.Model {
	m := models.Model{ID: "leaf", Kind: "leaf", Version: "1", Classes: []string{"a", "b", "c"}}
	m.Input.Width, m.Input.Height = 32, 32
	for i, o := range []models.Output{{Role: models.RoleClasses, Size: 2}, {Role: models.RoleFeatures, Size: 3}, {Role: models.RoleSetting, Size: 2}, {Role: models.RoleNear, Size: 2}} {
		o.Index = i
		m.Outputs = append(m.Outputs, o)
	}
	return m
}

func head() *models.Head {
	return &models.Head{Orientations: 2, Temperature: 2, Keep: 0.5, Absent: -4, Sharpness: 60, Shift: 0.1, Doubt: 0.1, Gate: 1,
		Kernel: [][]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, Bias: []float32{0, 0, 0.5},
		Own: [][]float32{{1, 0}}, OwnClass: []int{2}, Old: [][]float32{{0, 1}}}
}

func TestHeadIsReadAsWritten(t *testing.T) {
	b, err := head().Pack()
	if err != nil {
		t.Fatal(err)
	}
	got, err := models.ParseHead(b, learner())
	if err != nil {
		t.Fatal(err)
	}
	again, err := got.Pack()
	if err != nil || !bytes.Equal(b, again) {
		t.Errorf("packed again it differs: %v", err)
	}
}

func TestHeadRefuses(t *testing.T) {
	for name, change := range map[string]func(*models.Head){
		"a class too few":       func(h *models.Head) { h.Kernel, h.Bias = h.Kernel[:2], h.Bias[:2] },
		"a feature too many":    func(h *models.Head) { h.Kernel = [][]float32{{1, 2, 3, 4}, {1, 2, 3, 4}, {1, 2, 3, 4}} },
		"no setting of its own": func(h *models.Head) { h.Own, h.OwnClass = nil, nil },
		"a setting of class 3":  func(h *models.Head) { h.OwnClass = []int{3} },
		"three orientations":    func(h *models.Head) { h.Orientations = 3 },
		"no temperature":        func(h *models.Head) { h.Temperature = 0 },
		"a weight of no number": func(h *models.Head) { h.Kernel[0][0] = float32(math.NaN()) },
		"keeps twice":           func(h *models.Head) { h.Keep = 2 },
		"a gate without bound":  func(h *models.Head) { h.Gate = 1e9 },
	} {
		h := head()
		change(h)
		b, err := h.Pack()
		if err == nil {
			_, err = models.ParseHead(b, learner())
		}
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// TestHeadLeavesKnownSettingsAlone: where a photo was taken as the known
// sessions were, the delivered logits answer; where as the orchard's, the head's.
func TestHeadLeavesKnownSettingsAlone(t *testing.T) {
	h := head()
	for _, c := range []struct {
		setting []float32
		want    []float64
		r       float64
	}{
		{[]float32{0, 1}, []float64{3, -1, -4}, 0},
		{[]float32{1, 0}, []float64{1.5 + 2, -0.5, -2 + 3.5}, 1},
	} {
		z := make([]float64, 3)
		r, _ := h.Logits(models.NewSeen([]float32{4, 0, 9}, []float32{3, -1}, slices.Clone(c.setting), []float32{-1, -1}), z)
		for k := range z {
			if math.Abs(z[k]-c.want[k]) > 0.01 || math.Abs(r-c.r) > 0.01 {
				t.Errorf("setting %v: z %v, r %.3f, want %v, %.0f", c.setting, z, r, c.want, c.r)
				break
			}
		}
	}
}

func TestDeliveredMemory(t *testing.T) {
	manifest, err := models.Read(".")
	if err != nil {
		t.Skip(err)
	}
	for _, m := range manifest.Models {
		file, err := m.ReadFile(m.Memory)
		if err != nil {
			t.Fatal(err)
		}
		memory, err := models.ParseMemory(file, m)
		if err != nil {
			t.Fatal(err)
		}
		right := 0
		for i, s := range memory.Seen {
			if slices.Index(s.Classes, slices.Max(s.Classes)) == memory.Class[i] {
				right++
			}
		}
		if share := float64(right) / float64(len(memory.Seen)); share < 0.9 {
			t.Errorf("%s names %.2f of its memory right: it is another graph's", m.ID, share)
		}
		if _, err := models.ParseHead(file, m); !errors.Is(err, models.ErrArrays) {
			t.Errorf("a memory is taken for a head: %v", err)
		}
	}
}

func FuzzArrays(f *testing.F) {
	b, err := head().Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:len(b)-1])
	f.Add([]byte("MSARRAY1\xff\xff\xff\xff{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := models.ParseHead(b, learner()); err == nil {
			h.Logits(models.NewSeen(make([]float32, 3), make([]float32, 2), []float32{1, 0}, make([]float32, 2)), make([]float64, 3))
		}
		_, _ = models.ParseMemory(b, learner())
	})
}

// TestWith: a version that cannot be read is left out and named, the others are
// there.
func TestWith(t *testing.T) {
	manifest, err := models.Read(".")
	if err != nil {
		t.Skip(err)
	}
	folder := t.TempDir()
	for _, dir := range []string{"empty", ".half.tmp"} {
		if err := os.Mkdir(filepath.Join(folder, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	all, faults := manifest.With(folder)
	if len(all.Models) != len(manifest.Models) || len(faults) != 1 {
		t.Errorf("%d models, faults %v", len(all.Models), faults)
	}
	if all, faults = manifest.With(filepath.Join(folder, "none")); len(all.Models) != len(manifest.Models) || faults != nil {
		t.Errorf("%d models, faults %v", len(all.Models), faults)
	}
}
