package diagnose

import (
	"cmp"
	"math"
	"slices"

	"mangosense/models"
	"mangosense/server/internal/mango"
)

// Quant says how an output's bytes stand for real numbers:
// value = Scale × (q − ZeroPoint).
type Quant struct {
	Signed    bool // int8, else uint8
	Scale     float64
	ZeroPoint int
}

// dequantise writes the real values of raw into dst, which has its length.
func (q Quant) dequantise(dst []float64, raw []byte) {
	for i, b := range raw {
		v := int(b)
		if q.Signed {
			v = int(int8(b))
		}
		dst[i] = q.Scale * float64(v-q.ZeroPoint)
	}
}

// softmax turns logits into probabilities at a temperature, in place.
func softmax(x []float64, temperature float64) {
	top := slices.Max(x)
	sum := 0.0
	for i := range x {
		x[i] = math.Exp((x[i] - top) / temperature)
		sum += x[i]
	}
	for i := range x {
		x[i] /= sum
	}
}

// cosine is the c of models.Familiarity: between the photo's setting and the best
// class's nearest prototype. near holds each class's largest dot product with its
// prototypes, which have length 1. A setting of all zeros has cosine 0.
func cosine(setting, near, classes []float64) float64 {
	sum := 0.0
	for _, v := range setting {
		sum += v * v
	}
	if sum == 0 {
		return 0
	}
	best := slices.Index(classes, slices.Max(classes))
	return near[best] / math.Sqrt(sum)
}

// familiar is the s of models.Familiarity.
func familiar(c float64, how *models.Familiarity) float64 {
	return how.Floor + (1-how.Floor)/(1+math.Exp(-(how.Bias+how.Weight*c)))
}

// dampen pulls probabilities towards 1/K, in place, the more the less familiar
// the photo is: s·p + (1−s)/K.
func dampen(p []float64, s float64) {
	even := (1 - s) / float64(len(p))
	for i := range p {
		p[i] = s*p[i] + even
	}
}

// order is the indices of the logits, largest first; equal ones keep the model's
// order, so that the same photo always gets the same answer. It is taken before
// dampen, which rounds small probabilities to equal ones.
func order(logits []float64) []int {
	at := make([]int, len(logits))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(logits[b], logits[a]) })
	return at
}

// rank pairs names with probabilities, in that order.
func rank(names []string, p []float64, order []int) []mango.Class {
	out := make([]mango.Class, len(names))
	for place, i := range order {
		out[place] = mango.Class{Disease: names[i], Probability: p[i]}
	}
	return out
}
