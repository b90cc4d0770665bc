package store

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// A list against a sorted slice: every rank, page and count, with the
// transaction ended in between.
func TestListIsASortedSetWithRanks(t *testing.T) {
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "lists.db"), 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(makeBuckets); err != nil {
		t.Fatal(err)
	}
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		names := []string{string(rune('A'+run%50)) + "x" + string(key64(uint64(run))), string(rune('A'+run%50)) + "y" + string(key64(uint64(run)))}
		model := map[string][]spot{}
		for range rapid.IntRange(1, 6).Draw(t, "transactions") {
			if err := db.Update(func(tx *bbolt.Tx) error {
				w, err := (&Store{}).begin(tx)
				if err != nil {
					return err
				}
				for range rapid.IntRange(1, 30).Draw(t, "steps") {
					name := rapid.SampledFrom(names).Draw(t, "list")
					l, err := w.lists.get(name)
					if err != nil {
						return err
					}
					base := rapid.Int64Range(-1000, 1000).Draw(t, "at")
					for k := range int64(rapid.SampledFrom([]int{1, 1, 40, 300}).Draw(t, "run")) {
						s := spot{at: base + k*rapid.SampledFrom([]int64{0, 1, 3}).Draw(t, "gap"), id: uint64(k % 7)}
						i, found := slices.BinarySearchFunc(model[name], s, spot.compare)
						if rapid.IntRange(0, 2).Draw(t, "remove") == 0 {
							removed, err := l.remove(s)
							if err != nil {
								return err
							}
							if removed != found {
								t.Fatalf("remove says %v, is %v", removed, found)
							}
							if found {
								model[name] = slices.Delete(model[name], i, i+1)
							}
						} else {
							if err := l.insert(s); err != nil {
								return err
							}
							if !found {
								model[name] = slices.Insert(model[name], i, s)
							}
						}
					}
				}
				return w.flush()
			}); err != nil {
				t.Fatal(err)
			}
			if err := db.View(func(tx *bbolt.Tx) error { return compareLists(t, tx, names, model) }); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func compareLists(t *rapid.T, tx *bbolt.Tx, names []string, model map[string][]spot) error {
	ls := newLists(tx)
	m := merge{from: firstSpot, until: lastSpot}
	var all []spot
	for _, name := range names {
		l, err := ls.get(name)
		if err != nil {
			return err
		}
		if l.count() != len(model[name]) {
			return errors.New("wrong count")
		}
		m.lists = append(m.lists, l)
		all = append(all, model[name]...)
	}
	slices.SortStableFunc(all, func(a, b spot) int { return b.compare(a) })
	total, err := m.total()
	if err != nil || total != len(all) {
		t.Fatalf("total %d of %d, %v", total, len(all), err)
	}
	for range 5 {
		offset := rapid.IntRange(0, len(all)+3).Draw(t, "offset")
		page, err := m.page(offset, 20)
		if err != nil {
			return err
		}
		want := all[min(offset, len(all)):min(offset+20, len(all))]
		if !slices.Equal(page, want) {
			t.Fatalf("page at %d of %d: %v, want %v", offset, len(all), page, want)
		}
	}
	return nil
}
