package diagnose_test

import (
	"math"
	"testing"

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
		"no photo":                    {nil, mango.Unsure, mango.Unknown, 0, 0},
		"one photo is its own answer": {[]mango.Diagnosis{seen(mango.Named, 0.9)}, mango.Named, "Die Back", 0.9, 1},
	} {
		t.Run(name, func(t *testing.T) {
			got, counted := diagnose.Pool(c.photos, 0.6)
			if got.Verdict != c.verdict || got.Disease != c.disease || counted != c.counted || math.Abs(got.Confidence-c.confidence) > 1e-9 {
				t.Errorf("%s (%s, %.3f) of %d photos, want %s (%s, %.3f) of %d", got.Disease, got.Verdict, got.Confidence, counted, c.disease, c.verdict, c.confidence, c.counted)
			}
		})
	}
}
