package learn

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"mangosense/models"
)

// What the fit is held to. Chosen on photographs of sources that the delivered
// head has not learnt (docs/learning.md).
const (
	keep      = 0.5  // of the delivered logits
	absent    = -4   // the delivered logit of a class that it does not know
	sharpness = 60   // of the passage from known settings to the orchard's
	doubt     = 0.15 // of the same, for confidences
	ridge     = 0.01 // of the kernel: the prior's precision
	biasRidge = 1e-3
	oldWeight = 0.3 // of a memory's picture; a photo has 1
	farFrom   = 1e-3
	mostOwn   = 4096 // settings in a head
)

// task is what all fits of one orchard share.
type task struct {
	cfg     Config
	classes []string
	photos  []photo
	fold    []int // of each photo
	oldFold []int // of each memory picture
	centre  []float32

	oldOld []float64   // of each memory picture: the cosine with its nearest other
	oldOwn [][]float64 // [memory][photo]: the largest cosine with one of its views
	active []int       // memory pictures that an orchard's head can touch
	rows   [][]float32 // reduced: views of all photos, then active memory
	whole  [][]float32 // the same before the reduction
	factor *mat.TriDense
}

// photo is one with its class as a number and its rows.
type photo struct {
	Photo
	class, first int // first of its rows
	old          []float64
	cosines      [][]float64 // [view][other photo]: the largest with one of its views
	weight       float64
}

func newTask(cfg Config, classes []string) *task {
	t := &task{cfg: cfg, classes: classes}
	counts := make([]float64, len(classes))
	rows := 0
	for _, p := range cfg.Photos {
		x := photo{Photo: p, class: slices.Index(classes, p.Class), first: rows}
		counts[x.class]++
		rows += len(p.Views)
		t.photos = append(t.photos, x)
	}
	present := 0.0
	for _, n := range counts {
		if n > 0 {
			present++
		}
	}
	even := float64(len(t.photos)) / present
	for i := range t.photos {
		t.photos[i].weight = math.Sqrt(even / counts[t.photos[i].class])
	}
	t.split()
	t.compare()
	t.reduce()
	return t
}

// compare computes every cosine of settings that a fold may ask for.
func (t *task) compare() {
	m := t.cfg.Memory
	for i := range t.photos {
		p := &t.photos[i]
		p.old, p.cosines = make([]float64, len(p.Views)), make([][]float64, len(p.Views))
		for v, view := range p.Views {
			p.old[v] = largest(view.Near)
			for _, o := range m.Seen {
				p.old[v] = max(p.old[v], models.Dot(o.Setting, view.Setting))
			}
			p.cosines[v] = t.toPhotos(view)
		}
	}
	for i, s := range m.Seen {
		// What answers has not seen the photo that it answers: nor has the memory
		// that is compared with a picture the others of its fold.
		other := -1.0
		for k, o := range m.Seen {
			if t.oldFold[k] != t.oldFold[i] {
				other = max(other, models.Dot(o.Setting, s.Setting))
			}
		}
		t.oldOld = append(t.oldOld, other)
		t.oldOwn = append(t.oldOwn, t.toPhotos(s))
	}
}

// toPhotos is the largest cosine with one of each photo's views.
func (t *task) toPhotos(s models.Seen) []float64 {
	out := make([]float64, len(t.photos))
	for k := range t.photos {
		out[k] = -1
		for _, view := range t.photos[k].Views {
			out[k] = max(out[k], models.Dot(view.Setting, s.Setting))
		}
	}
	return out
}

func largest(all []float32) float64 {
	best := -1.0
	for _, v := range all {
		best = max(best, float64(v))
	}
	return best
}

// reduce makes the rows that the fits see. Where there are fewer rows than
// features they are turned into as few numbers, which changes no product of two
// of them, and so no fit.
func (t *task) reduce() {
	widest := shifts[0]
	for i := range t.oldOwn {
		if models.Sigmoid(sharpness*(slices.Max(t.oldOwn[i])-t.oldOld[i]+widest)) > farFrom {
			t.active = append(t.active, i)
		}
	}
	for _, p := range t.photos {
		for _, v := range p.Views {
			t.whole = append(t.whole, models.Roots(v.Features))
		}
	}
	t.centre = make([]float32, len(t.whole[0]))
	for _, r := range t.whole {
		for k, v := range r {
			t.centre[k] += v / float32(len(t.whole))
		}
	}
	for _, i := range t.active {
		t.whole = append(t.whole, models.Roots(t.cfg.Memory.Seen[i].Features))
	}
	for _, r := range t.whole {
		for k := range r {
			r[k] -= t.centre[k]
		}
		t.shrink(r)
	}
	t.rows = t.whole
	if n := len(t.whole); n < len(t.centre) {
		gram := mat.NewSymDense(n, nil)
		for i := range n {
			for k := range i + 1 {
				gram.SetSym(i, k, models.Dot(t.whole[i], t.whole[k]))
			}
			gram.SetSym(i, i, gram.At(i, i)*(1+1e-5)+1e-6) // copies of a photo have equal rows
		}
		var c mat.Cholesky
		if !c.Factorize(gram) {
			return // the rows as they are do as well
		}
		t.factor = mat.NewTriDense(n, mat.Lower, nil)
		c.LTo(t.factor)
		t.rows = make([][]float32, n)
		for i := range n {
			t.rows[i] = make([]float32, n)
			for k := range i + 1 {
				t.rows[i][k] = float32(t.factor.At(i, k))
			}
		}
	}
}

// shrink takes most of what differs between pictures of one class and session
// from a row, in place. It is its own transpose.
func (t *task) shrink(row []float32) {
	m := t.cfg.Memory
	along := make([]float32, len(m.Nuisance))
	for k, axis := range m.Nuisance {
		along[k] = float32(models.Dot(axis, row)) * (1 - m.Shrink[k])
	}
	for k, axis := range m.Nuisance {
		for i, v := range axis {
			row[i] -= along[k] * v
		}
	}
}
