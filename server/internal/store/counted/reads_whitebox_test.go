package counted

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/store/codec"
)

// reads is how many nodes below the roots were read.
func (ls *Lists) reads() (sum int) {
	for _, l := range ls.open {
		sum += len(l.nodes)
	}
	return sum
}

// harvest are the entries of some lists as records come: days with nights between
// them, weeks without any, lists of which some are a hundred times as long as
// others; and, where it is crowded, thousands in one millisecond, from an import.
func harvest(random *rand.Rand, lists, n int, crowded bool) [][]Entry {
	of := make([][]Entry, lists)
	at := int64(1_790_000_000_000)
	for id := range n {
		switch {
		case random.IntN(500) == 0:
			at += (8 * time.Hour).Milliseconds()
		case random.IntN(20_000) == 0:
			at += (3000 * time.Hour).Milliseconds()
		case !crowded || id%(n/3) > n/10:
			at += int64(random.ExpFloat64() * 60_000)
		}
		k := min(random.IntN(lists), random.IntN(lists), random.IntN(lists))
		of[k] = append(of[k], Entry{At: at, ID: uint64(id)})
	}
	return of
}

func fill(t *testing.T, db *bbolt.DB, lists [][]Entry) {
	t.Helper()
	if err := db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{Roots, Nodes} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		ls := New(tx)
		for i, entries := range lists {
			l, err := ls.Get(fmt.Sprintf("x%03d", i))
			if err != nil {
				return err
			}
			for _, e := range entries {
				if err := l.Insert(e); err != nil {
					return err
				}
			}
		}
		return ls.Flush(func(bucket, key, value []byte) error { return tx.Bucket(bucket).Put(key, value) },
			func(bucket, key []byte) error { return tx.Bucket(bucket).Delete(key) })
	}); err != nil {
		t.Fatal(err)
	}
}

// A page that is found by its number reads little more than a walk that begins
// where the page does: the ratio of the two over many pages, and of the worst.
func TestPagesReadLittleMoreThanAWalk(t *testing.T) {
	for _, c := range []struct {
		name           string
		lists, n       int
		crowded, until bool
		recent         bool // of the 2,000 newest, where people look most
		ratio, worst   float64
	}{
		{"one list", 1, 20_000, false, false, false, 1, 1},
		{"one list, before a date", 1, 20_000, true, true, false, 1, 1},
		{"three lists", 3, 20_000, false, false, false, 1.06, 1.34},
		{"three lists, crowded", 3, 20_000, true, false, false, 1.09, 1.67},
		{"twelve lists, before a date", 12, 40_000, false, true, false, 1.03, 1.15},
		{"twelve lists, crowded, recent", 12, 40_000, true, false, true, 1.07, 1.19},
		{"a hundred lists", 100, 60_000, false, false, false, 1.025, 1.12},
		{"a hundred lists, recent", 100, 60_000, false, false, true, 1.03, 1.08},
		{"a hundred lists, crowded, before a date", 100, 60_000, true, true, false, 1.045, 1.21},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, err := bbolt.Open(filepath.Join(t.TempDir(), "lists.db"), 0o600, &bbolt.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			random := rand.New(rand.NewPCG(1, 2))
			lists := harvest(random, c.lists, c.n, c.crowded)
			fill(t, db, lists)
			all := slices.Concat(lists...)
			slices.SortFunc(all, func(a, b Entry) int { return b.Compare(a) })
			pages, walks, worst := 0, 0, 0.0
			if err := db.View(func(tx *bbolt.Tx) error {
				for range 100 {
					rest, until := all, Last
					if c.until {
						k := random.IntN(len(all) / 2)
						until, rest = all[k], all[k+1:]
					}
					offset := walkable + 1 + random.IntN(len(rest)-walkable-1)
					if c.recent {
						offset = walkable + 1 + random.IntN(2000)
					}
					want := rest[offset:min(offset+20, len(rest))]
					read := func(page func(m *Merge) ([]Entry, error)) int {
						ls := New(tx)
						chosen, err := ls.Choose("x", nil)
						if err != nil {
							t.Fatal(err)
						}
						m := All(chosen...)
						m.Until = until
						if _, err := m.Total(); err != nil {
							t.Fatal(err)
						}
						if got, err := page(m); err != nil || !slices.Equal(got, want) {
							t.Fatalf("page at %d before %v: %v, want %v, %v", offset, until, got, want, err)
						}
						return ls.reads()
					}
					page := read(func(m *Merge) ([]Entry, error) { return m.Page(offset, 20) })
					walk := read(func(m *Merge) ([]Entry, error) { return m.Walk(rest[offset-1], 0, 20) })
					pages, walks, worst = pages+page, walks+walk, max(worst, float64(page)/float64(walk))
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			ratio := float64(pages) / float64(walks)
			if ratio > c.ratio || worst > c.worst {
				t.Errorf("%d reads, a walk %d: %.3f, at worst %.2f", pages, walks, ratio, worst)
			}
		})
	}
}

// The entry of each number, and an error where a leaf has fewer than its list
// counts.
func TestNumber(t *testing.T) {
	leaf := func(from, n int) *node {
		out := &node{leaf: true}
		for i := range n {
			out.entries = append(out.entries, Entry{At: int64(from + i)})
		}
		return out
	}
	l := &List{of: &Lists{}, root: &node{kids: []child{{node: 1, count: 3}, {node: 2, count: 2}, {node: 3, count: 4}}},
		nodes: map[uint64]*node{1: leaf(0, 3), 2: leaf(3, 2), 3: leaf(5, 2)}}
	for at := range 7 {
		if e, err := l.number(uint64(at)); err != nil || e.At != int64(at) {
			t.Errorf("number %d: %v, %v", at, e, err)
		}
	}
	for _, at := range []uint64{7, 8, 9, 1000} {
		if e, err := l.number(at); !errors.Is(err, codec.ErrDamaged) {
			t.Errorf("number %d: %v, %v", at, e, err)
		}
	}
}
