// Package records makes up records, users and confirmations as the mobile app
// has them stored, and fills a store with them, for the benchmarks.
package records

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"

	"mangosense/diseases"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// Users is how many growers the records belong to: ids 1 to Users.
const Users = 20

// AddUsers adds the users of the samples: ids 1 to 20 of an empty store. Those who are
// there already stay.
func AddUsers(ctx context.Context, s *store.Store) error {
	for i := range Users {
		u := &mango.User{Username: fmt.Sprintf("grower%d", i), Email: fmt.Sprintf("g%d@farm.example", i)}
		if _, err := s.AddUser(ctx, mango.System, u); err != nil && mango.CodeOf(err) != mango.Conflict {
			return err
		}
	}
	return nil
}

// Fill adds the samples with numbers from from to to−1; progress receives now
// and then how many are stored.
func Fill(ctx context.Context, s *store.Store, from, to, writers int, progress func(done int64)) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	next, failed := from, error(nil)
	for range writers {
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				stop := failed != nil || i >= to
				mu.Unlock()
				if stop {
					return
				}
				if _, err := s.AddRecord(ctx, mango.System, Sample(i)); err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
				if i%1000 == 999 {
					progress(int64(i + 1))
				}
			}
		})
	}
	wg.Wait()
	return failed
}

// Classes are the eight that the leaf model names.
var Classes = func() (names []string) {
	for _, d := range diseases.Known().Diseases {
		if slices.Contains(d.Models, string(mango.Leaf)) {
			names = append(names, d.Name)
		}
	}
	return names
}()

// Sample is record number i as the mobile app has it stored, one every ten
// minutes or so over the years.
func Sample(i int) *mango.Record {
	kind, file := mango.Leaf, "leaf-mobilenetv2"
	if i%5 == 0 {
		kind, file = mango.Fruit, "fruit-mobilenetv2"
	}
	r := &mango.Record{
		User: uint64(i%Users) + 1, CreatedAt: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 191 * time.Second),
		Kind: kind, Disease: Classes[(i*7)%len(Classes)], Confidence: 0.9137241, Verdict: mango.Named, Verified: i%3 == 0,
		Gate:         mango.Gate{Present: true, Leaf: 0.9912, Fruit: 0.0051, Other: 0.0037, Threshold: 0.6, Passed: true},
		Model:        mango.Model{ID: file, Version: "1.0.0", File: file + ".tflite", Kind: kind},
		Processing:   31415926 * time.Nanosecond,
		Photo:        mango.Photo{SHA256: sha256.Sum256(fmt.Appendf(nil, "photo %d", i)), Format: "jpeg", Width: 4032, Height: 3024, Bytes: 2_712_345},
		OriginalName: "image.jpg", MediaBytes: 2_650_111,
		Location: &mango.Location{Latitude: 10.3 + float64(i%1000)/500, Longitude: 123.9 + float64(i%700)/700, Accuracy: 12.5,
			Address: "Purok 4, Barangay Lahug, Cebu City, Central Visayas, Philippines", Source: "device gps", ConsentGiven: true},
	}
	for k := range Classes {
		p := (1 - r.Confidence) / 7 * (1 + float64(k-3)/31)
		if k == 0 {
			p = r.Confidence
		}
		r.Probabilities = append(r.Probabilities, mango.Class{Disease: Classes[(i*7+k)%len(Classes)], Probability: p})
	}
	r.Media = fmt.Sprintf("mango_images/%x.jpg", r.Photo.SHA256)
	yes := true
	primary := `[{"key":"dark_spots_brown","label":"Brown to black spots"},{"key":"premature_leaf_drop","label":"Leaves fall early"}]`
	r.Answers = mango.Answers{
		SelectedSymptoms:    []byte(`["dark_spots_brown","premature_leaf_drop","brown_leaf_tips"]`),
		PrimarySymptoms:     []byte(primary),
		AlternativeSymptoms: []byte(`[{"key":"brown_leaf_tips","label":"Leaves brown from the tip"}]`),
		TopDiseases:         fmt.Appendf(nil, `[{"disease":"%s","confidence":91.37},{"disease":"%s","confidence":4.12}]`, r.Disease, Classes[3]),
		SymptomsData:        fmt.Appendf(nil, `{"primary_symptoms":%s,"total_symptoms":3,"detected_disease":"%s","is_detection_correct":true,"user_feedback":"tree %d"}`, primary, r.Disease, i%977),
		DetectedDisease:     r.Disease, Feedback: fmt.Sprintf("tree %d", i%977), Correct: &yes,
	}
	return r
}
