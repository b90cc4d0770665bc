package diagnose

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mangosense/server/internal/mango"
)

func ranked(names []string, logits []float64, temperature, familiarity float64) []mango.Class {
	p := slices.Clone(logits)
	places := order(p)
	softmax(p, temperature)
	dampen(p, familiarity)
	return rank(names, p, places)
}

// TestPlacesOfDampenedTies: what dampen leaves equal, to the last bit, stands as
// the logits have it.
func TestPlacesOfDampenedTies(t *testing.T) {
	names := []string{"a", "b", "c", "d"}
	for name, c := range map[string]struct {
		logits      []float64
		familiarity float64
		want        []string
	}{
		"small ones":           {[]float64{-40, 60, -45, -50}, 0.9, []string{"b", "a", "c", "d"}},
		"small ones, reversed": {[]float64{-50, 60, -45, -40}, 0.9, []string{"b", "d", "c", "a"}},
		"nothing familiar":     {[]float64{1, 2, 4, 3}, 0, []string{"c", "d", "b", "a"}},
		"equal logits":         {[]float64{1, 1, 4, 1}, 0.5, []string{"c", "a", "b", "d"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := ranked(names, c.logits, 1, c.familiarity)
			for i, class := range got {
				if class.Disease != c.want[i] {
					t.Fatalf("ranked %v, want %v", got, c.want)
				}
			}
		})
	}
}

// TestPlacesNeverContradictProbabilities: the order of the logits is one of the
// probabilities, however they are brought together.
func TestPlacesNeverContradictProbabilities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		logits := rapid.SliceOfN(rapid.Float64Range(-100, 100), 2, 12).Draw(t, "logits")
		names := make([]string, len(logits))
		got := ranked(names, logits, rapid.Float64Range(0.1, 5).Draw(t, "temperature"), rapid.Float64Range(0, 1).Draw(t, "familiarity"))
		for i := 1; i < len(got); i++ {
			if got[i].Probability > got[i-1].Probability {
				t.Fatalf("place %d is more probable than the one before: %v", i+1, got)
			}
		}
	})
}

// TestSoftmaxOfLargeLogits: however large they are, probabilities come out.
func TestSoftmaxOfLargeLogits(t *testing.T) {
	for _, top := range []float64{0, 1000, -1000} {
		p := []float64{top, top - 100, top}
		softmax(p, 1)
		if p[0] != p[2] || !(p[0] > 0.49 && p[0] <= 0.5) || !(p[1] < 1e-40) {
			t.Errorf("of %v: %v", top, p)
		}
	}
}
