package store

import (
	"cmp"
	"slices"
)

// A list that is shown to all has so many places. One user who fills them would
// hide everybody else, so nobody gets more of them than the others leave.
const (
	// dominant is the part of a list, one in so many, above which a user has
	// others looked for.
	dominant = 4
	// reach is how many times a list's length is looked through for others.
	reach = 5
)

// fairShare takes entries, best first, and gives out the share of each user.
type fairShare[T any] struct {
	limit int
	seen  int
	of    map[uint64]int // entries by user
	most  int            // of any user
	all   []sharedEntry[T]
}

type sharedEntry[T any] struct {
	user uint64
	v    T
}

func newFairShare[T any](limit int) *fairShare[T] {
	return &fairShare[T]{limit: limit, of: map[uint64]int{}}
}

func (f *fairShare[T]) add(user uint64, v T) {
	f.seen++
	if f.of[user] >= f.limit || f.enough() {
		return
	}
	f.of[user]++
	f.most = max(f.most, f.of[user])
	f.all = append(f.all, sharedEntry[T]{user, v})
}

// enough reports whether further entries could not change what is given out, or
// enough were looked at.
func (f *fairShare[T]) enough() bool {
	if len(f.all) < f.limit && f.seen < f.limit*reach {
		return false
	}
	return f.most*dominant <= f.limit || f.seen >= f.limit*reach
}

// take gives out at most limit entries, in their order. Whoever has few keeps
// all; the rest is shared evenly by those who have more.
func (f *fairShare[T]) take() []T {
	counts := make([]int, 0, len(f.of))
	for _, n := range f.of {
		counts = append(counts, n)
	}
	slices.SortFunc(counts, cmp.Compare[int])
	left, each := f.limit, 0
	for i, n := range counts {
		if each = left / (len(counts) - i); n > each {
			break
		}
		left -= n
		each = n
	}
	spare := f.limit // what even shares leave over goes to the best
	for _, n := range counts {
		spare -= min(n, each)
	}
	out := make([]T, 0, min(f.limit, len(f.all)))
	had := map[uint64]int{}
	for _, e := range f.all {
		if had[e.user] >= each {
			if spare <= 0 {
				continue
			}
			spare--
		}
		had[e.user]++
		out = append(out, e.v)
	}
	return out
}
