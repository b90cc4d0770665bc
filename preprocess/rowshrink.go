package preprocess

import (
	"math"

	"mangosense/models"
)

// rowShrink resamples a picture that comes row by row into the tensor, turned. To
// the last bit it does what imaging.Resize does with the triangle and a whole
// opaque picture, but it holds the sums of only those rows of the result that are
// under way.
type rowShrink struct {
	in    models.Input
	dst   []byte
	first bool // the columns are resampled before the rows

	wide   axis // a row's pixels; none where the width is right
	high   axis
	base   int // of the tensor, as turned says
	right  int
	below  int
	y      int    // of the next row
	row    []byte // the caller's
	line   []byte
	done   []byte // a row of the result before its columns are resampled
	under  int    // first result row under way
	slots  int
	sums   []float64
	copied bool // rows are as many as wanted
}

// axis is what each pixel of a result's side is made of: weights of neighbours,
// times 255 as imaging has it, whose alpha is a factor, and one over their sum.
type axis struct {
	spans   []span
	weights []float64
}

type span struct {
	first, end int // of the source
	weights    int // where theirs begin
	inverse    float64
}

// weighRows foretells what a rowShrink takes.
func weighRows(h Header, in models.Input) int64 {
	w, ht := stored(in, h.Orientation)
	across := h.Width
	if !verticalFirst(h.Width, h.Height, w, ht) {
		across = w
	}
	slots := 3 // a source row reaches into so many rows of the result
	if h.Height < ht {
		slots = min(2*(ht/h.Height+1), ht)
	}
	weights := 8 * (2*int64(h.Width+h.Height) + 3*int64(w+ht))
	return 24*int64(slots)*int64(across) + weights + 32*int64(w+ht) + 3*int64(w+2*h.Width)
}

// begin makes ready for the rows of a photo with header h.
func (s *rowShrink) begin(h Header, in models.Input, dst []byte) {
	w, ht := stored(in, h.Orientation)
	s.in, s.dst, s.y, s.under = in, dst, 0, 0
	s.base, s.right, s.below = turned(h.Orientation, in.Width, in.Height)
	s.first = !verticalFirst(h.Width, h.Height, w, ht)
	s.wide.weigh(w, h.Width)
	s.high.weigh(ht, h.Height)
	s.copied = len(s.high.spans) == 0
	across := 3 * h.Width
	if s.first {
		across = 3 * w
	}
	s.line, s.done = sized(s.line, 3*w), sized(s.done, across)
	s.slots = s.high.overlap()
	s.sums = sized(s.sums, s.slots*across)
	clear(s.sums)
}

// add takes the next row, RGB.
func (s *rowShrink) add(row []byte) {
	if s.first {
		row = s.columns(row)
	}
	if s.copied {
		s.write(s.y, row)
		s.y++
		return
	}
	n := len(row)
	for j := s.under; j < len(s.high.spans) && s.high.spans[j].first <= s.y; j++ {
		o := s.high.spans[j]
		weight := s.high.weights[o.weights+s.y-o.first]
		sums := s.sums[j%s.slots*n:][:n]
		for i, v := range row {
			sums[i] += float64(v) * weight
		}
	}
	for ; s.under < len(s.high.spans) && s.high.spans[s.under].end <= s.y+1; s.under++ {
		sums := s.sums[s.under%s.slots*n:][:n]
		done := s.done[:n]
		for i, v := range sums {
			done[i] = rounded(v * s.high.spans[s.under].inverse)
		}
		clear(sums)
		s.write(s.under, done)
	}
	s.y++
}

// write puts a row of the result into the tensor.
func (s *rowShrink) write(y int, row []byte) {
	if !s.first {
		row = s.columns(row)
	}
	to := s.base + y*s.below
	for i := 0; i < len(row); i += 3 {
		copy(s.dst[3*to:3*to+3], row[i:i+3])
		to += s.right
	}
}

// columns resamples one row.
func (s *rowShrink) columns(row []byte) []byte {
	if len(s.wide.spans) == 0 {
		return row
	}
	for x, o := range s.wide.spans {
		weights := s.wide.weights[o.weights:][:o.end-o.first]
		p := row[3*o.first:][:3*len(weights)]
		var r, g, b float64
		for i, w := range weights {
			r += float64(p[3*i]) * w
			g += float64(p[3*i+1]) * w
			b += float64(p[3*i+2]) * w
		}
		s.line[3*x], s.line[3*x+1], s.line[3*x+2] = rounded(r*o.inverse), rounded(g*o.inverse), rounded(b*o.inverse)
	}
	return s.line
}

func rounded(x float64) byte { return byte(min(max(int64(x+0.5), 0), 255)) }

// weigh is imaging's rule for the triangle: to pixels of from. Nothing where
// they are as many.
func (a *axis) weigh(to, from int) {
	a.spans, a.weights = a.spans[:0], a.weights[:0]
	if to == from {
		return
	}
	du := float64(from) / float64(to)
	scale := max(du, 1)
	reach := math.Ceil(scale)
	a.spans = sized(a.spans, to)[:0]
	a.weights = sized(a.weights, to*(2*int(reach)+1))[:0]
	for v := range to {
		centre := (float64(v)+0.5)*du - 0.5
		begin := max(int(math.Ceil(centre-reach)), 0)
		end := min(int(math.Floor(centre+reach)), from-1) + 1
		o := span{first: begin, weights: len(a.weights)}
		sum := 0.0
		for u := begin; u < end; u++ {
			w := 1 - math.Abs((float64(u)-centre)/scale)
			if w <= 0 {
				if sum == 0 {
					o.first++
				}
				continue
			}
			sum += w
			a.weights = append(a.weights, w)
		}
		all, of := 0.0, a.weights[o.weights:]
		for i := range of {
			of[i] = 255 * (of[i] / sum)
			all += of[i]
		}
		o.end, o.inverse = o.first+len(of), 1/all
		a.spans = append(a.spans, o)
	}
}

// overlap is how many pixels of the result share a pixel of the source, at most.
func (a *axis) overlap() int {
	most, from := 0, 0
	for j, o := range a.spans {
		for a.spans[from].end <= o.first {
			from++
		}
		most = max(most, j-from+1)
	}
	return most
}
