package models

import "math"

// Logits writes z of one orientation into z, one a class, and gives r and t. The
// formula stands at Head.
func (h *Head) Logits(s Seen, z []float64) (r, t float64) {
	own := largestProduct(h.Own, s.Setting)
	old := largestProduct(h.Old, s.Setting)
	for _, c := range s.Near {
		old = max(old, float64(c))
	}
	r = Sigmoid(h.Sharpness * (own - old + h.Shift))
	t = Sigmoid(h.Sharpness * (own - old + h.Shift + h.Doubt))
	if r < negligible {
		r = 0 // the delivered head alone, at no cost
	}
	delivered := 1 - r*(1-h.Keep)
	for k := range z {
		z[k] = delivered * h.Absent
		if k < len(s.Classes) {
			z[k] = delivered * float64(s.Classes[k])
		}
	}
	if r == 0 {
		return 0, t
	}
	roots := Roots(s.Features)
	for k := range z {
		z[k] += r * (Dot(h.Kernel[k], roots) + float64(h.Bias[k]))
	}
	return r, t
}

// negligible is an r below which a head adds nothing that anybody reads.
const negligible = 1e-3

// Temper divides z by the temperature between the delivered one and the head's.
func (h *Head) Temper(z []float64, t, delivered float64) {
	by := math.Pow(delivered, 1-t) * math.Pow(h.Temperature, t)
	for k := range z {
		z[k] /= by
	}
}

// Nearest is the cosine of a photo's setting with the nearest in which a class
// was learnt: RoleNear's or one of Own.
func (h *Head) Nearest(s Seen, class int) float64 {
	best := -1.0
	if class < len(s.Near) {
		best = float64(s.Near[class])
	}
	for i, own := range h.Own {
		if h.OwnClass[i] == class {
			best = max(best, Dot(own, s.Setting))
		}
	}
	return best
}

// Roots are the roots of features: few photos tell more by them, and a feature
// that is seldom large counts less.
func Roots(features []float32) []float32 {
	out := make([]float32, len(features))
	for i, v := range features {
		if v > 0 {
			out[i] = float32(math.Sqrt(float64(v)))
		}
	}
	return out
}

// Sigmoid is 1 / (1 + exp(−x)).
func Sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func largestProduct(rows [][]float32, v []float32) float64 {
	best := -1.0
	for _, r := range rows {
		best = max(best, Dot(r, v))
	}
	return best
}

// Dot is the product of two vectors of one length. Four sums at a time keep a
// processor's adders busy.
func Dot(a, b []float32) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return float64(s0 + s1 + s2 + s3)
}
