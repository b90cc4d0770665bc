package learn

import (
	"cmp"
	"maps"
	"slices"
)

// split gives every photo and memory picture a fold: groups whole, the photos of
// each class as evenly as its groups allow, larger groups first.
func (t *task) split() {
	t.fold = make([]int, len(t.photos))
	groups := map[string][]int{}
	for i, p := range t.photos {
		groups[p.Group] = append(groups[p.Group], i)
	}
	names := slices.SortedFunc(maps.Keys(groups), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(groups[b]), len(groups[a])), cmp.Compare(a, b))
	})
	load := make([][]int, folds) // [fold][class]
	for f := range load {
		load[f] = make([]int, len(t.classes))
	}
	total := make([]int, folds)
	for _, name := range names {
		class := t.photos[groups[name][0]].class
		best := 0
		for f := range load {
			if c := cmp.Or(cmp.Compare(load[f][class], load[best][class]), cmp.Compare(total[f], total[best])); c < 0 {
				best = f
			}
		}
		for _, i := range groups[name] {
			t.fold[i] = best
			load[best][t.photos[i].class]++
			total[best]++
		}
	}
	for _, g := range t.cfg.Memory.Group {
		t.oldFold = append(t.oldFold, g%folds)
	}
}
