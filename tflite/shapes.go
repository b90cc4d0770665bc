package tflite

import "slices"

// Each function here tells whether an operator's declared output shape is the
// one that its inputs and options make.

func sameShape(g *graphCheck, s step) bool {
	return slices.Equal(g.in(s, 0).shape, g.out(s).shape)
}

func sameCount(g *graphCheck, s step) bool { return g.in(s, 0).count() == g.out(s).count() }

func broadcast(g *graphCheck, s step) bool {
	a, b := g.in(s, 0).shape, g.in(s, 1).shape
	if len(a) < len(b) {
		a, b = b, a
	}
	want := slices.Clone(a)
	for i, d := range b {
		switch at := len(a) - len(b) + i; {
		case want[at] == d, d == 1:
		case want[at] == 1:
			want[at] = d
		default:
			return false
		}
	}
	return slices.Equal(want, g.out(s).shape)
}

const maxStep = 1 << 12

// windowed gives the output's length along one side, −1 when there is none.
func windowed(in, kernel, stride, dilation int32, pad uint8) int32 {
	if kernel < 1 || stride < 1 || dilation < 1 || max(kernel, stride, dilation) > maxStep {
		return -1
	}
	reach := (kernel-1)*dilation + 1
	switch {
	case pad == 0: // same
		return (in + stride - 1) / stride
	case pad == 1 && in >= reach: // valid
		return (in - reach + stride) / stride
	}
	return -1
}

func bias(g *graphCheck, s step, channels int32) bool {
	if len(s.inputs) < 3 || s.inputs[2] < 0 {
		return true
	}
	return g.in(s, 2).count() == int64(channels)
}

func convolution(g *graphCheck, s step) bool {
	x, w, y := g.in(s, 0).shape, g.in(s, 1).shape, g.out(s).shape
	if len(x) != 4 || len(w) != 4 || len(y) != 4 || w[3] < 1 || x[3]%w[3] != 0 {
		return false
	}
	groups := x[3] / w[3]
	o := s.options
	return groups > 0 && w[0]%groups == 0 && bias(g, s, w[0]) &&
		y[0] == x[0] && y[3] == w[0] &&
		y[1] == windowed(x[1], w[1], o.i32(2, 0), o.i32(5, 1), o.u8(0)) &&
		y[2] == windowed(x[2], w[2], o.i32(1, 0), o.i32(4, 1), o.u8(0))
}

func depthwise(g *graphCheck, s step) bool {
	x, w, y := g.in(s, 0).shape, g.in(s, 1).shape, g.out(s).shape
	o := s.options
	times := o.i32(3, 0)
	if len(x) != 4 || len(w) != 4 || len(y) != 4 || times < 1 || times > maxStep {
		return false
	}
	return w[0] == 1 && int64(w[3]) == int64(x[3])*int64(times) && bias(g, s, w[3]) &&
		y[0] == x[0] && y[3] == w[3] &&
		y[1] == windowed(x[1], w[1], o.i32(2, 0), o.i32(6, 1), o.u8(0)) &&
		y[2] == windowed(x[2], w[2], o.i32(1, 0), o.i32(5, 1), o.u8(0))
}

func pooling(g *graphCheck, s step) bool {
	x, y := g.in(s, 0).shape, g.out(s).shape
	o := s.options
	return len(x) == 4 && len(y) == 4 && y[0] == x[0] && y[3] == x[3] &&
		y[1] == windowed(x[1], o.i32(4, 0), o.i32(2, 0), 1, o.u8(0)) &&
		y[2] == windowed(x[2], o.i32(3, 0), o.i32(1, 0), 1, o.u8(0))
}

func fullyConnected(g *graphCheck, s step) bool {
	x, w, y := g.in(s, 0), g.in(s, 1).shape, g.out(s)
	if len(w) != 2 || w[0] < 1 || w[1] < 1 || len(y.shape) == 0 || s.options.u8(1) != 0 {
		return false
	}
	rows := x.count() / int64(w[1])
	return rows*int64(w[1]) == x.count() && rows*int64(w[0]) == y.count() &&
		y.shape[len(y.shape)-1] == w[0] && bias(g, s, w[0])
}

func concatenation(g *graphCheck, s step) bool {
	y := g.out(s).shape
	axis := int(s.options.i32(0, 0))
	if axis < 0 {
		axis += len(y)
	}
	if axis < 0 || axis >= len(y) {
		return false
	}
	sum := int64(0)
	for k, in := range s.inputs {
		if in < 0 || len(g.in(s, k).shape) != len(y) {
			return false
		}
		for d, n := range g.in(s, k).shape {
			if d == axis {
				sum += int64(n)
			} else if n != y[d] {
				return false
			}
		}
	}
	return sum == int64(y[axis])
}

func reduction(g *graphCheck, s step) bool {
	x := g.in(s, 0).shape
	axes, ok := g.numbers(g.in(s, 1))
	if !ok {
		return false
	}
	gone := make([]bool, len(x))
	for _, a := range axes {
		if a < 0 {
			a += int32(len(x))
		}
		if a < 0 || int(a) >= len(x) {
			return false
		}
		gone[a] = true
	}
	want := make([]int32, 0, len(x))
	for d, n := range x {
		switch {
		case !gone[d]:
			want = append(want, n)
		case s.options.u8(0) != 0: // keeps its dimensions
			want = append(want, 1)
		}
	}
	return slices.Equal(want, g.out(s).shape)
}

func padding(g *graphCheck, s step) bool {
	x, y := g.in(s, 0).shape, g.out(s).shape
	pads, ok := g.numbers(g.in(s, 1))
	if !ok || len(pads) != 2*len(x) || len(y) != len(x) {
		return false
	}
	for d, n := range x {
		before, after := pads[2*d], pads[2*d+1]
		if before < 0 || after < 0 || int64(n)+int64(before)+int64(after) != int64(y[d]) {
			return false
		}
	}
	return true
}
