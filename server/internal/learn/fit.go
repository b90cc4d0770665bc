package learn

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"mangosense/models"
)

// fitted is a head in the space of the task's rows.
type fitted struct {
	kernel [][]float32
	bias   []float64
	shift  float64
	learnt []bool // photos that it has seen
}

// sample is one row of a fit.
type sample struct {
	x         []float32
	class     int
	weight, r float64
	offset    []float64 // the delivered logits, as far as they count
}

// fit learns from the photos with a flag, and the memory but that of fold out.
func (t *task) fit(ctx context.Context, shift float64, learnt []bool, out *int) (*fitted, error) {
	var all []sample
	for i, p := range t.photos {
		if !learnt[i] {
			continue
		}
		for v, view := range p.Views {
			all = append(all, sample{t.rows[p.first+v], p.class, p.weight / float64(len(p.Views)), 1, t.offset(view.Classes, 1)})
		}
	}
	views := len(t.rows) - len(t.active)
	for k, i := range t.active {
		r := t.memoryR(i, shift, learnt)
		if out != nil && t.oldFold[i] == *out || r < farFrom {
			continue
		}
		all = append(all, sample{t.rows[views+k], t.cfg.Memory.Class[i], oldWeight, r, t.offset(t.cfg.Memory.Seen[i].Classes, r)})
	}
	kernel, bias, err := minimise(ctx, all, len(t.classes))
	return &fitted{kernel, bias, shift, learnt}, err
}

// offset is what the delivered head adds to z.
func (t *task) offset(classes []float32, r float64) []float64 {
	out := make([]float64, len(t.classes))
	for k := range out {
		out[k] = absent
		if k < len(classes) {
			out[k] = float64(classes[k])
		}
		out[k] *= 1 - r*(1-keep)
	}
	return out
}

// memoryR is the r of a memory picture for a head that learnt from some photos.
func (t *task) memoryR(i int, shift float64, learnt []bool) float64 {
	return models.Sigmoid(sharpness * (nearest(t.oldOwn[i], learnt) - t.oldOld[i] + shift))
}

func nearest(cosines []float64, learnt []bool) float64 {
	best := -1.0
	for k, c := range cosines {
		if learnt[k] {
			best = max(best, c)
		}
	}
	return best
}

// minimise finds the kernel and bias of the largest posterior probability.
func minimise(ctx context.Context, all []sample, k int) ([][]float32, []float64, error) {
	l := newLoss(all, k)
	problem := optimize.Problem{
		Func: func(p []float64) float64 { l.at(p); return l.value },
		Grad: func(grad, p []float64) { l.at(p); copy(grad, l.grad) },
		Status: func() (optimize.Status, error) {
			if err := ctx.Err(); err != nil {
				return optimize.Failure, err
			}
			return optimize.NotTerminated, nil
		},
	}
	found, err := optimize.Minimize(problem, make([]float64, len(l.grad)), &optimize.Settings{
		MajorIterations: iterations, GradientThreshold: 1e-4,
		Converger: &optimize.FunctionConverge{Relative: 1e-5, Iterations: 5},
	}, &optimize.LBFGS{})
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if found == nil {
		return nil, nil, fmt.Errorf("cannot fit the head: %w", err)
	}
	// Single precision ends some searches early: the best point counts.
	l.at(found.X)
	return l.kernel, slices.Clone(found.X[k*l.d:]), nil
}

// iterations are enough: more change no figure of the report.
const iterations = 60

// head is a fit as it is stored and applied: on roots of features.
func (t *task) head(m *fitted, temperature float64) *models.Head {
	h := &models.Head{
		Orientations: t.orientations(), Temperature: temperature, Keep: keep, Absent: absent, Sharpness: sharpness, Shift: m.shift, Doubt: doubt, Gate: t.gate(),
		Bias: make([]float32, len(t.classes)),
	}
	for c, row := range m.kernel {
		kernel := t.unreduced(row)
		t.shrink(kernel)
		h.Kernel = append(h.Kernel, kernel)
		h.Bias[c] = float32(m.bias[c] - models.Dot(kernel, t.centre))
	}
	for i, p := range t.photos {
		for v, view := range p.Views {
			if v > 0 && len(t.photos)*len(p.Views) > mostOwn || len(t.photos) > mostOwn && i%(len(t.photos)/mostOwn+1) != 0 {
				continue
			}
			h.Own, h.OwnClass = append(h.Own, view.Setting), append(h.OwnClass, p.class)
		}
	}
	for _, s := range t.cfg.Memory.Seen {
		h.Old = append(h.Old, s.Setting)
	}
	return h
}

// unreduced is a kernel on the rows as they were before the reduction.
func (t *task) unreduced(row []float32) []float32 {
	if t.factor == nil {
		return slices.Clone(row)
	}
	y := mat.NewVecDense(len(row), nil)
	for i, v := range row {
		y.SetVec(i, float64(v))
	}
	// rows = L, whole·wholeᵀ = L·Lᵀ: the kernel is wholeᵀ·L⁻ᵀ·row.
	if err := y.SolveVec(t.factor.T(), y); err != nil {
		var ill mat.Condition
		if !errors.As(err, &ill) {
			panic(err) // the diagonal of a factor is above zero
		}
	}
	out := make([]float32, len(t.centre))
	for n, w := range t.whole {
		a := float32(y.AtVec(n))
		for i, v := range w {
			out[i] += a * v
		}
	}
	return out
}

// orientations is how many a head asks for.
func (t *task) orientations() int {
	if t.cfg.Orientations < 1 {
		return 1
	}
	return t.cfg.Orientations
}

// gate is what the gate's logit gains so that most of the photos pass, within bounds:
// what is no leaf, photographed in the orchard, gains as much.
func (t *task) gate() float64 {
	var short []float64
	for _, p := range t.photos {
		short = append(short, p.Short)
	}
	slices.Sort(short)
	return min(max(short[(len(short)-1)*19/20], 0), mostGate)
}

const mostGate = 2
