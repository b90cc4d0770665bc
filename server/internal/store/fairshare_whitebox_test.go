package store

import (
	"slices"
	"testing"
)

func TestFairShare(t *testing.T) {
	for _, c := range []struct {
		name string
		best []uint64 // users of the entries, best first
		want map[uint64]int
	}{
		{"nobody", nil, map[uint64]int{}},
		{"one user alone has all", slices.Repeat([]uint64{1}, 30), map[uint64]int{1: 20}},
		{"one user before others", append(slices.Repeat([]uint64{1}, 40), 2, 2, 3), map[uint64]int{1: 17, 2: 2, 3: 1}},
		{"two users before a third", append(slices.Repeat([]uint64{1, 2}, 30), 3, 3), map[uint64]int{1: 9, 2: 9, 3: 2}},
		{"all alike", slices.Repeat([]uint64{1, 2, 3, 4, 5}, 10), map[uint64]int{1: 4, 2: 4, 3: 4, 4: 4, 5: 4}},
		{"what is over goes to the best", slices.Repeat([]uint64{1, 2, 3}, 30), map[uint64]int{1: 7, 2: 7, 3: 6}},
		{"others beyond reach", append(slices.Repeat([]uint64{1}, 20*reach), 2), map[uint64]int{1: 20}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFairShare[int](20)
			for i, user := range c.best {
				f.add(user, i)
			}
			got, out := map[uint64]int{}, f.take()
			for _, i := range out {
				got[c.best[i]]++
			}
			if len(got) != len(c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
			for user, n := range c.want {
				if got[user] != n {
					t.Errorf("%v, want %v", got, c.want)
					break
				}
			}
			if !slices.IsSorted(out) {
				t.Error("the order is another")
			}
		})
	}
}
