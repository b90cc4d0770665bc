package learn

import (
	"math"
	"slices"

	"mangosense/models"
)

// loss is the negative logarithm of the posterior probability, up to a constant.
// Value and gradient come of one pass: a search asks for both at most points.
type loss struct {
	all       []sample
	k, d      int
	p         []float64 // where value and grad are of
	value     float64
	grad      []float64
	kernel    [][]float32
	residuals [][]float32 // [class][sample]
	z         []float64
	sum       []float32
}

func newLoss(all []sample, k int) *loss {
	l := &loss{all: all, k: k, d: len(all[0].x), z: make([]float64, k)}
	l.grad, l.sum = make([]float64, k*l.d+k), make([]float32, l.d)
	for range k {
		l.kernel = append(l.kernel, make([]float32, l.d))
		l.residuals = append(l.residuals, make([]float32, len(all)))
	}
	return l
}

// at moves to a point.
func (l *loss) at(p []float64) {
	if slices.Equal(l.p, p) {
		return
	}
	l.p = append(l.p[:0], p...)
	l.value = 0
	for i, v := range p {
		ridge := ridge
		if i >= l.k*l.d {
			ridge = biasRidge
		}
		l.value += ridge / 2 * v * v
		l.grad[i] = ridge * v
	}
	for c, row := range l.kernel {
		for i := range row {
			row[i] = float32(p[c*l.d+i])
		}
	}
	for n := range l.all {
		l.add(n)
	}
	for c, residuals := range l.residuals {
		clear(l.sum)
		bias := 0.0
		for n, g := range residuals {
			bias += float64(g)
			if g == 0 {
				continue
			}
			for i, v := range l.all[n].x {
				l.sum[i] += g * v
			}
		}
		for i, v := range l.sum {
			l.grad[c*l.d+i] += float64(v)
		}
		l.grad[l.k*l.d+c] += bias
	}
}

// add adds a sample's loss, and keeps how its logits should move.
func (l *loss) add(n int) {
	s := &l.all[n]
	for c := range l.z {
		l.z[c] = s.offset[c] + s.r*(models.Dot(l.kernel[c], s.x)+l.p[l.k*l.d+c])
	}
	top, total := slices.Max(l.z), 0.0
	for _, v := range l.z {
		total += math.Exp(v - top)
	}
	l.value += s.weight * (top + math.Log(total) - l.z[s.class])
	for c, v := range l.z {
		g := math.Exp(v-top) / total
		if c == s.class {
			g--
		}
		l.residuals[c][n] = float32(s.weight * s.r * g)
	}
}
