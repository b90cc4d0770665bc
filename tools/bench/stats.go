package main

import (
	"fmt"
	"slices"
)

// sample is one measurement's runs, in milliseconds.
type sample []float64

func (s sample) at(q float64) float64 {
	x := slices.Sorted(slices.Values(s))
	if len(x) == 0 {
		return 0
	}
	return x[int(q*float64(len(x)-1)+0.5)]
}

func (s sample) median() float64 { return s.at(0.5) }

// String is the median and the middle half.
func (s sample) String() string {
	return fmt.Sprintf("%.1f (%.1f–%.1f)", s.median(), s.at(0.25), s.at(0.75))
}
