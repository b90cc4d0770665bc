package learn

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"

	"mangosense/models"
)

// shifts are tried until one loses no known session, the widest first: how near
// to the known sessions a photo may be and still be the orchard's.
var shifts = []float64{0.03, -0.05, -0.15}

// judged is what the folds say of one shift.
type judged struct {
	shift, temperature float64
	before, after      []int // the class named, a photo
	want               []int
	sureWrong          int // photos named wrongly with sure
	sureWrongBefore    int
	oldRight, oldWas   int // memory pictures named right, and as delivered
	old                int
	called             int // memory pictures called one of the orchard's own classes
}

func (j *judged) lost() float64 {
	return float64(j.oldWas-j.oldRight) / float64(max(j.old, 1))
}

// choose judges the shifts in their order.
func (t *task) choose(ctx context.Context) (best *judged, err error) {
	for _, shift := range shifts {
		j, err := t.judge(ctx, shift)
		if err != nil {
			return nil, err
		}
		if best == nil || j.lost() < best.lost() {
			best = j
		}
		if j.lost() <= leastLost {
			break
		}
	}
	return best, nil
}

// judge fits without each fold and asks it.
func (t *task) judge(ctx context.Context, shift float64) (*judged, error) {
	j := &judged{shift: shift}
	z, doubts := make([][]float64, len(t.photos)), make([]float64, len(t.photos))
	for _, p := range t.photos {
		j.want = append(j.want, p.class)
		j.before = append(j.before, largestAt(p.Views[0].Classes))
	}
	// Each fold has a place of its own: photos, counts and error.
	counts, failed := make([]judged, folds), make([]error, folds)
	var work sync.WaitGroup
	for f := range folds {
		if !slices.Contains(t.fold, f) {
			continue // fewer groups than folds
		}
		work.Go(func() {
			learnt := make([]bool, len(t.photos))
			for i := range learnt {
				learnt[i] = t.fold[i] != f
			}
			m, err := t.fit(ctx, shift, learnt, &f)
			if err != nil {
				failed[f] = err
				return
			}
			for i := range t.photos {
				if !learnt[i] {
					z[i], doubts[i] = t.ask(m, i)
				}
			}
			t.askMemory(m, f, &counts[f])
		})
	}
	work.Wait()
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	for _, c := range counts {
		j.old, j.oldWas, j.oldRight, j.called = j.old+c.old, j.oldWas+c.oldWas, j.oldRight+c.oldRight, j.called+c.called
	}
	for i := range z {
		j.after = append(j.after, slices.Index(z[i], slices.Max(z[i])))
	}
	j.temperature = t.temper(z, doubts, j.want)
	j.sureWrong = t.sureWrong(z, doubts, j.want, j.temperature)
	delivered, none := make([][]float64, len(z)), make([]float64, len(z))
	for i, p := range t.photos {
		delivered[i] = t.offset(p.Views[0].Classes, 0)
	}
	j.sureWrongBefore = t.sureWrong(delivered, none, j.want, 1)
	return j, nil
}

// ask is z of a photo, the mean of the orientations that the head will see, and t.
func (t *task) ask(m *fitted, i int) ([]float64, float64) {
	p, z, doubts := t.photos[i], make([]float64, len(t.classes)), 0.0
	n := min(t.orientations(), len(p.Views))
	for v := range n {
		at := v * len(p.Views) / n
		nearer := nearest(p.cosines[at], m.learnt) - p.old[at] + m.shift
		r := models.Sigmoid(sharpness * nearer)
		offset := t.offset(p.Views[at].Classes, r)
		for c := range z {
			z[c] += (offset[c] + r*(models.Dot(m.kernel[c], t.rows[p.first+at])+m.bias[c])) / float64(n)
		}
		doubts += models.Sigmoid(sharpness*(nearer+doubt)) / float64(n)
	}
	return z, doubts
}

// askMemory counts a fold of the memory.
func (t *task) askMemory(m *fitted, f int, j *judged) {
	views := len(t.rows) - len(t.active)
	for i, s := range t.cfg.Memory.Seen {
		if t.oldFold[i] != f {
			continue
		}
		j.old++
		named := largestAt(s.Classes)
		if named == t.cfg.Memory.Class[i] {
			j.oldWas++
		}
		if at := slices.Index(t.active, i); at >= 0 {
			r := t.memoryR(i, m.shift, m.learnt)
			z := t.offset(s.Classes, r)
			for c := range z {
				z[c] += r * (models.Dot(m.kernel[c], t.rows[views+at]) + m.bias[c])
			}
			named = slices.Index(z, slices.Max(z))
		}
		if named == t.cfg.Memory.Class[i] {
			j.oldRight++
		}
		if named >= len(t.cfg.Classes) {
			j.called++
		}
	}
}

// temper chooses the temperature by what the folds were asked: the likeliest, and
// above it until few enough are wrong with nearly sure. Of a few dozen photos
// those wrong with sure are none or one, whatever the temperature.
func (t *task) temper(z [][]float64, doubts []float64, want []int) float64 {
	best, temperature := math.Inf(1), 0.0
	for step := range 20 {
		at := 0.3 * math.Pow(1.15, float64(step))
		loss, wrong := 0.0, 0
		for i := range z {
			p := t.probabilities(z[i], doubts[i], at)
			loss -= math.Log(max(p[want[i]], 1e-12))
			if c := slices.Index(p, slices.Max(p)); c != want[i] && p[c] >= nearlySure {
				wrong++
			}
		}
		if loss < best || float64(wrong) > max(1, mostNearlySureWrong*float64(len(z))) {
			best, temperature = loss, at
		}
	}
	// Few photos say little of it.
	n := float64(len(z))
	return math.Exp((n*math.Log(cautious*temperature) + priorPhotos*math.Log(priorTemperature)) / (n + priorPhotos))
}

// sureWrong counts those named wrongly with sure.
func (t *task) sureWrong(z [][]float64, doubts []float64, want []int, temperature float64) int {
	n := 0
	for i := range z {
		p := t.probabilities(z[i], doubts[i], temperature)
		if c := slices.Index(p, slices.Max(p)); c != want[i] && p[c] >= sure {
			n++
		}
	}
	return n
}

// probabilities are those of a z with its t.
func (t *task) probabilities(z []float64, doubts, temperature float64) []float64 {
	p := slices.Clone(z)
	(&models.Head{Temperature: temperature}).Temper(p, doubts, t.cfg.Temperature)
	top, sum := slices.Max(p), 0.0
	for c, v := range p {
		p[c] = math.Exp(v - top)
		sum += p[c]
	}
	for c := range p {
		p[c] /= sum
	}
	return p
}

const (
	sure                = 0.8
	nearlySure          = 0.7
	mostNearlySureWrong = 0.015
	// cautious raises the temperature: the folds learn from fewer photos and orientations than the
	// head, which is surer for it.
	cautious = 1.3
	// What is known of a temperature before a photo was seen, and what that counts.
	priorTemperature = 2.8
	priorPhotos      = 100
)

func largestAt(all []float32) int { return slices.Index(all, slices.Max(all)) }
