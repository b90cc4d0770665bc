package diagnose_test

import (
	"math"
	"testing"
	"time"

	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/mango"
)

// seen is a diagnosis of two classes.
func seen(v mango.Verdict, rust float64) mango.Diagnosis {
	d := mango.Diagnosis{Kind: mango.Leaf, Verdict: v, Ranking: []mango.Class{{Disease: "Die Back", Probability: rust}, {Disease: "Healthy", Probability: 1 - rust}}}
	if rust < 0.5 {
		d.Ranking[0], d.Ranking[1] = d.Ranking[1], d.Ranking[0]
	}
	d.Confidence, d.Disease = d.Ranking[0].Probability, d.Ranking[0].Disease
	return d
}

func TestPool(t *testing.T) {
	for name, c := range map[string]struct {
		photos     []mango.Diagnosis
		verdict    mango.Verdict
		disease    string
		confidence float64
		counted    int
	}{
		"two against one":             {[]mango.Diagnosis{seen(mango.Named, 0.9), seen(mango.Named, 0.2), seen(mango.Named, 0.85)}, mango.Named, "Die Back", 0.65, 3},
		"unsure ones count too":       {[]mango.Diagnosis{seen(mango.Unsure, 0.5), seen(mango.Named, 0.9)}, mango.Named, "Die Back", 0.7, 2},
		"the gate's do not":           {[]mango.Diagnosis{seen(mango.NotMango, 0.0), seen(mango.Named, 0.9)}, mango.Named, "Die Back", 0.9, 1},
		"nor the unfamiliar":          {[]mango.Diagnosis{seen(mango.Unfamiliar, 0.0), seen(mango.Named, 0.9)}, mango.Named, "Die Back", 0.9, 1},
		"even":                        {[]mango.Diagnosis{seen(mango.Named, 1), seen(mango.Named, 0)}, mango.Unsure, mango.Unknown, 0.5, 2},
		"no mango at all":             {[]mango.Diagnosis{seen(mango.NotMango, 0.9), seen(mango.NotMango, 0.9)}, mango.NotMango, "Die Back", 0.9, 0},
		"mango, but nothing known":    {[]mango.Diagnosis{seen(mango.NotMango, 0.9), seen(mango.Unfamiliar, 0.8)}, mango.Unfamiliar, "Die Back", 0.8, 0},
		"at the threshold":            {[]mango.Diagnosis{seen(mango.Named, 0.5), seen(mango.Named, 0.75)}, mango.Named, "Die Back", 0.625, 2},
		"the first of the unfamiliar": {[]mango.Diagnosis{seen(mango.Unfamiliar, 0.7), seen(mango.Unfamiliar, 0.8), seen(mango.NotMango, 0.9)}, mango.Unfamiliar, "Die Back", 0.7, 0},
		"gate, then two unfamiliar":   {[]mango.Diagnosis{seen(mango.NotMango, 0.9), seen(mango.Unfamiliar, 0.8), seen(mango.Unfamiliar, 0.7)}, mango.Unfamiliar, "Die Back", 0.8, 0},
		"no photo":                    {nil, mango.Unsure, mango.Unknown, 0, 0},
		"one photo is its own answer": {[]mango.Diagnosis{seen(mango.Named, 0.9)}, mango.Named, "Die Back", 0.9, 1},
	} {
		t.Run(name, func(t *testing.T) {
			threshold := 0.6
			if name == "at the threshold" {
				threshold = 0.625
			}
			got, counted := diagnose.Pool(c.photos, threshold)
			if got.Verdict != c.verdict || got.Disease != c.disease || counted != c.counted || math.Abs(got.Confidence-c.confidence) > 1e-9 {
				t.Errorf("%s (%s, %.3f) of %d photos, want %s (%s, %.3f) of %d", got.Disease, got.Verdict, got.Confidence, counted, c.disease, c.verdict, c.confidence, c.counted)
			}
		})
	}
}

// TestPooledDiagnosis: what it keeps of its photos, and what it has none of.
func TestPooledDiagnosis(t *testing.T) {
	one, two, three := seen(mango.Named, 0.9), seen(mango.NotMango, 0.8), seen(mango.Unsure, 0.2)
	for i, d := range []*mango.Diagnosis{&one, &two, &three} {
		d.Timings = mango.Timings{Wait: 1, Decode: 2, Resize: 3, Infer: 4, Total: time.Duration(10 * (i + 1))}
		d.Processing = time.Duration(i + 1)
		d.Photo, d.HeatMap, d.Recognised, d.Model.ID = mango.Photo{Bytes: 5}, []byte{1}, true, "leaf-test"
	}
	got, counted := diagnose.Pool([]mango.Diagnosis{one, two, three}, 0)
	if counted != 2 || got.Photo != (mango.Photo{}) || got.HeatMap != nil || got.Recognised || got.Model.ID != "leaf-test" || got.Processing != 6 ||
		got.Timings != (mango.Timings{Wait: 3, Decode: 6, Resize: 9, Infer: 12, Total: 60}) {
		t.Errorf("of %d photos: %+v", counted, got)
	}
	for i, want := range []mango.Class{{Disease: "Die Back", Probability: 0.55}, {Disease: "Healthy", Probability: 0.45}} {
		if c := got.Ranking[i]; c.Disease != want.Disease || math.Abs(c.Probability-want.Probability) > 1e-12 {
			t.Errorf("place %d: %+v, want %+v", i+1, c, want)
		}
	}
	if one.Ranking[0].Probability != 0.9 {
		t.Error("pooling changed a photo's own answer")
	}
	// What it says beside the classes is the first counted photo's.
	refused, seenAs := seen(mango.NotMango, 0.9), seen(mango.Named, 0.9)
	seenAs.Gate.Passed, seenAs.Familiarity = true, 0.7
	if got, _ := diagnose.Pool([]mango.Diagnosis{refused, seenAs, seen(mango.Named, 0.8)}, 0); !got.Gate.Passed || got.Familiarity != 0.7 {
		t.Errorf("gate %+v, familiarity %v", got.Gate, got.Familiarity)
	}
	// The threshold is that of the kind's model; without one everything passes.
	d := diagnoser(t, plain{}, member("leaf", fixed{}))
	low := []mango.Diagnosis{{Verdict: mango.Unsure, Ranking: []mango.Class{{Disease: "Die Back", Probability: 0.49}}}}
	for kind, want := range map[mango.Kind]mango.Verdict{mango.Leaf: mango.Unsure, mango.Fruit: mango.Named} {
		if got, _ := d.Pool(low, kind); got.Verdict != want {
			t.Errorf("%s: %s", kind, got.Verdict)
		}
	}
}
