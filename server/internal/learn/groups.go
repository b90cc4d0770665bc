package learn

import "strconv"

// Print is a small grey picture, by which near copies of a photo are found.
type Print = [64]byte

// nearCopy is the mean difference of two prints' squares, of 255, below which
// they show one thing: photos of two leaves on one table differ by more.
const nearCopy = 5

// Groups joins photos that must stay on one side of a split: those with the same
// given name (empty: none is known) and near copies, in any orientation.
func Groups(prints []Print, given []string) []string {
	first := make([]int, len(prints))
	for i := range first {
		first[i] = i
	}
	root := func(i int) int {
		for first[i] != i {
			i = first[i]
		}
		return i
	}
	named := map[string]int{}
	for i, name := range given {
		if at, ok := named[name]; ok && name != "" {
			first[root(i)] = root(at)
		} else {
			named[name] = i
		}
	}
	for i := range prints {
		turned := orientations(prints[i])
		for k := range i {
			if a, b := root(i), root(k); a != b && near(turned, prints[k]) {
				first[a] = b
			}
		}
	}
	out := make([]string, len(prints))
	for i := range out {
		out[i] = strconv.Itoa(root(i))
	}
	return out
}

func near(turned [8]Print, other Print) bool {
	for _, p := range turned {
		sum := 0
		for i, v := range p {
			d := int(v) - int(other[i])
			sum += max(d, -d)
		}
		if sum < nearCopy*len(other) {
			return true
		}
	}
	return false
}

func orientations(p Print) (out [8]Print) {
	for which := range out {
		for y := range 8 {
			for x := range 8 {
				a, b := x, y
				if which >= 4 {
					a = 7 - a
				}
				for range which % 4 {
					a, b = 7-b, a
				}
				out[which][8*y+x] = p[8*b+a]
			}
		}
	}
	return out
}
