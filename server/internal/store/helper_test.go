package store_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

var ctx = context.Background()

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// openStore opens a store that is checked when the test ends, opened again and
// checked once more.
func openStore(t testing.TB, cfg store.Config) *store.Store {
	t.Helper()
	return openStoreAt(t, filepath.Join(t.TempDir(), store.FileName), cfg)
}

func openStoreAt(t testing.TB, path string, cfg store.Config) *store.Store {
	t.Helper()
	if cfg.Log == nil {
		cfg.Log = quiet()
	}
	s, err := store.Open(path, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeAndCheck(t, s, path) })
	return s
}

// closeAndCheck is how every test of the store ends.
func closeAndCheck(t testing.TB, s *store.Store, path string) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	checkFile(t, path)
}

func checkFile(t testing.TB, path string) {
	t.Helper()
	s, err := store.Open(path, store.Config{Log: quiet(), FullCheck: 1 << 40})
	if err != nil {
		t.Errorf("open to check: %v", err)
		return
	}
	if err := s.Check(ctx, nil); err != nil {
		t.Errorf("check: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close after check: %v", err)
	}
}

// realistic is what the mobile app has stored with one photo.
func realistic(i int) *mango.Record {
	classes := []string{"Anthracnose", "Bacterial Canker", "Cutting Weevil", "Die Back", "Gall Midge", "Healthy", "Powdery Mildew", "Sooty Mold"}
	r := &mango.Record{
		Kind: mango.Leaf, Disease: classes[i%8], Confidence: 0.9137241, Verdict: mango.Named,
		Gate:         mango.Gate{Present: true, Leaf: 0.9912, Fruit: 0.0051, Other: 0.0037, Threshold: 0.6, Passed: true},
		Model:        mango.Model{ID: "leaf-mobilenetv2", Version: "1.0.0", File: "leaf-mobilenetv2.tflite", Kind: mango.Leaf},
		Processing:   31415926 * time.Nanosecond,
		Photo:        mango.Photo{SHA256: sha256.Sum256(fmt.Appendf(nil, "photo %d", i)), Format: "jpeg", Width: 4032, Height: 3024, Bytes: 2_712_345},
		OriginalName: "image.jpg", MediaBytes: 2_650_111,
		Location: &mango.Location{Latitude: 10.3156992 + float64(i%100)/1000, Longitude: 123.8854366, Accuracy: 12.5,
			Address: "Purok 4, Barangay Lahug, Cebu City, Central Visayas, Philippines", Source: "device gps", AccuracyConfirmed: true, ConsentGiven: true},
	}
	rest := 1 - r.Confidence
	for k := range classes {
		p := rest / 7 * (1 + float64(k-3)/31)
		if k == 0 {
			p = r.Confidence
		}
		r.Probabilities = append(r.Probabilities, mango.Class{Disease: classes[(i+k)%8], Probability: p})
	}
	r.Media = fmt.Sprintf("mango_images/%x.jpg", r.Photo.SHA256)
	yes := true
	symptoms := `[{"key":"dark_spots_brown","label":"Brown to black spots"},{"key":"dark_spots_with_yellow_halo","label":"Dark spots with a yellow ring"},{"key":"premature_leaf_drop","label":"Leaves fall early"}]`
	r.Answers = mango.Answers{
		SelectedSymptoms:    []byte(`["dark_spots_brown","dark_spots_with_yellow_halo","premature_leaf_drop","brown_leaf_tips"]`),
		PrimarySymptoms:     []byte(symptoms),
		AlternativeSymptoms: []byte(`[{"key":"brown_leaf_tips","label":"Leaves brown from the tip"}]`),
		TopDiseases:         []byte(`[{"disease":"Anthracnose","confidence":91.37},{"disease":"Die Back","confidence":4.12},{"disease":"Healthy","confidence":1.91}]`),
		SymptomsData: []byte(`{"selected_symptoms":["dark_spots_brown","dark_spots_with_yellow_halo","premature_leaf_drop","brown_leaf_tips"],"primary_symptoms":` + symptoms +
			`,"alternative_symptoms":[{"key":"brown_leaf_tips","label":"Leaves brown from the tip"}],"primary_count":3,"alternative_count":1,"total_symptoms":4,"detected_disease":"Anthracnose","top_diseases":[{"disease":"Anthracnose","confidence":91.37},{"disease":"Die Back","confidence":4.12},{"disease":"Healthy","confidence":1.91}],"is_detection_correct":true,"user_feedback":"spots came after the rain"}`),
		DetectedDisease: r.Disease, Feedback: "spots came after the rain", Correct: &yes,
	}
	return r
}

func ptr[T any](v T) *T { return &v }

// newDir is a folder for one round of a rapid test.
func newDir(t *rapid.T) string {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
