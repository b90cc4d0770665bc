package api

import (
	"fmt"
	"math"

	"mangosense/server/internal/mango"
)

// Clients tell percent from fractions by the number: what is at most 1 they take
// for a fraction and multiply by 100. So a percentage that may be that small is
// sent only where no client does so; a stored confidence is a fraction, always.

// percent is a fraction as percent with two decimals.
func percent(p float64) float64 { return math.Round(p*1e4) / 100 }

func formatted(percent float64) string { return fmt.Sprintf("%.2f%%", percent) }

// percents are the shown percentages of a ranking. Rounding must not bring them
// above 100 together: what is too much is taken from the last.
func percents(ranking []mango.Class) []float64 {
	shown, left := make([]float64, len(ranking)), 1e4
	for i, c := range ranking {
		hundredths := min(math.Round(c.Probability*1e4), left)
		left -= hundredths
		shown[i] = hundredths / 100
	}
	return shown
}

// share is a part in percent with two decimals, 0 of nothing.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return math.Round(float64(part)/float64(whole)*1e4) / 100
}

// accuracy is the share of confirmed among those that said something, in
// percent with two decimals.
func accuracy(confirmed, rejected int) float64 { return share(confirmed, confirmed+rejected) }

// average is n for each of so many, with two decimals, 0 for none.
func average(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return math.Round(float64(n)/float64(of)*100) / 100
}

// rounded is a fraction without the noise of its arithmetic.
func rounded(p float64) float64 { return math.Round(p*1e6) / 1e6 }

func fraction(p *float64) *float64 {
	if p == nil {
		return nil
	}
	v := rounded(*p)
	return &v
}

// confirmedConfidence is what an app sent as a confidence, as a fraction. Apps
// send percent, some a fraction: above 1 it is percent. What is at most 1 is
// whatever comes closer to what the model said of that class; without a record
// to ask, a fraction.
func confirmedConfidence(c *mango.Confirmation, r *mango.Record) *float64 {
	if c.Confidence == nil {
		return nil
	}
	sent := *c.Confidence
	if sent > 1 {
		return fraction(new(sent / 100))
	}
	if r != nil {
		if p, ok := probabilityOf(r, c.Predicted); ok && math.Abs(p-sent/100) < math.Abs(p-sent) {
			return fraction(new(sent / 100))
		}
	}
	return fraction(&sent)
}

// probabilityOf is the probability that the model gave to a class.
func probabilityOf(r *mango.Record, class string) (float64, bool) {
	for _, c := range r.Probabilities {
		if mango.SameClass(c.Disease, class) {
			return c.Probability, true
		}
	}
	best, ok := r.Predicted()
	return best.Probability, ok && mango.SameClass(best.Disease, class)
}
