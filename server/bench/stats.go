package main

import (
	"fmt"
	"slices"
)

// sample is one measurement's runs.
type sample []float64

func (s sample) at(q float64) float64 {
	x := slices.Sorted(slices.Values(s))
	if len(x) == 0 {
		return 0
	}
	return x[int(q*float64(len(x)-1)+0.5)]
}

func (s sample) median() float64 { return s.at(0.5) }

// half is the median and the middle half, for many runs.
func (s sample) half(digits int) string {
	return s.between(digits, s.at(0.25), s.at(0.75))
}

// whole is the median with the least and the most, for few runs.
func (s sample) whole(digits int) string {
	return s.between(digits, s.at(0), s.at(1))
}

func (s sample) between(digits int, from, to float64) string {
	if len(s) == 0 {
		return "–"
	}
	return fmt.Sprintf("%.*f (%.*f–%.*f)", digits, s.median(), digits, from, digits, to)
}

// over is the quotient of the medians of two measurements, round by round.
func over(a, b []sample) (quotients sample) {
	for i := range min(len(a), len(b)) {
		if m := b[i].median(); m > 0 && len(a[i]) > 0 {
			quotients = append(quotients, a[i].median()/m)
		}
	}
	return quotients
}

// line is the straight line nearest to the points, and how much of their
// spread it explains (1: all).
func line(x, y []float64) (start, slope, explained float64) {
	n := float64(len(x))
	var sx, sy, sxx, sxy, syy float64
	for i := range x {
		sx, sy = sx+x[i], sy+y[i]
		sxx, sxy, syy = sxx+x[i]*x[i], sxy+x[i]*y[i], syy+y[i]*y[i]
	}
	vx, vy, c := n*sxx-sx*sx, n*syy-sy*sy, n*sxy-sx*sy
	if vx == 0 || vy == 0 {
		return 0, 0, 0
	}
	slope = c / vx
	return (sy - slope*sx) / n, slope, c * c / (vx * vy)
}
