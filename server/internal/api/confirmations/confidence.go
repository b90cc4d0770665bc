package confirmations

import (
	"math"

	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

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
		return render.Fraction(new(sent / 100))
	}
	if r != nil {
		if p, ok := probabilityOf(r, c.Predicted); ok && math.Abs(p-sent/100) < math.Abs(p-sent) {
			return render.Fraction(new(sent / 100))
		}
	}
	return render.Fraction(&sent)
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
