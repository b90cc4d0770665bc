package render

import (
	"fmt"
	"math"

	"mangosense/server/internal/mango"
)

// Clients tell percent from fractions by the number: what is at most 1 they take
// for a fraction and multiply by 100. So a percentage that may be that small is
// sent only where no client does so; a stored confidence is a fraction, always.

// Percent is a fraction as percent with two decimals.
func Percent(p float64) float64 { return math.Round(p*1e4) / 100 }

// Formatted is a percentage as text.
func Formatted(percent float64) string { return fmt.Sprintf("%.2f%%", percent) }

// Places is how many of a ranking are shown.
const Places = 3

// Percents are the shown percentages of a ranking. Rounding must not bring them
// above 100 together: what is too much is taken from the last.
func Percents(ranking []mango.Class) []float64 {
	shown, left := make([]float64, len(ranking)), 1e4
	for i, c := range ranking {
		hundredths := min(math.Round(c.Probability*1e4), left)
		left -= hundredths
		shown[i] = hundredths / 100
	}
	return shown
}

// Share is a part in percent with two decimals, 0 of nothing.
func Share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return math.Round(float64(part)/float64(whole)*1e4) / 100
}

// Accuracy is the share of confirmed among those that said something, in
// percent with two decimals.
func Accuracy(confirmed, rejected int) float64 { return Share(confirmed, confirmed+rejected) }

// Average is n for each of so many, with two decimals, 0 for none.
func Average(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return math.Round(float64(n)/float64(of)*100) / 100
}

// Rounded is a fraction without the noise of its arithmetic.
func Rounded(p float64) float64 { return math.Round(p*1e6) / 1e6 }

// Fraction is Rounded, nil for nil.
func Fraction(p *float64) *float64 {
	if p == nil {
		return nil
	}
	v := Rounded(*p)
	return &v
}
