package counted_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"mangosense/server/internal/store/counted"
)

// open makes a file with the two buckets.
func open(t testing.TB) *bbolt.DB {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "lists.db"), 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	change(t, db, func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{counted.Roots, counted.Nodes} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return nil
	})
	return db
}

type fataler interface{ Fatal(...any) }

func change(t fataler, db *bbolt.DB, f func(*bbolt.Tx) error) {
	if err := db.Update(f); err != nil {
		t.Fatal(err)
	}
}

func look(t fataler, db *bbolt.DB, f func(*bbolt.Tx) error) {
	if err := db.View(f); err != nil {
		t.Fatal(err)
	}
}

// flush writes straight into the buckets.
func flush(tx *bbolt.Tx, ls *counted.Lists) error {
	return ls.Flush(func(bucket, key, value []byte) error { return tx.Bucket(bucket).Put(key, value) },
		func(bucket, key []byte) error { return tx.Bucket(bucket).Delete(key) })
}

// verified fails unless every list is sound, holds what want says, and no node
// is left over.
func verified(t fataler, tx *bbolt.Tx, want map[string]int) {
	nodes := 0
	have := map[string]int{}
	if err := counted.New(tx).EachLength("", func(name string, n int) {
		have[name] = n
		l, err := counted.New(tx).Get(name)
		if err != nil {
			t.Fatal(err)
		}
		found, err := l.Verify()
		if err != nil || found.Entries != n {
			t.Fatal(fmt.Sprintf("list %q: %+v of %d, %v", name, found, n, err))
		}
		nodes += found.Nodes
	}); err != nil {
		t.Fatal(err)
	}
	for name, n := range want {
		if have[name] != n {
			t.Fatal(fmt.Sprintf("list %q has %d entries of %d", name, have[name], n))
		}
		if n == 0 {
			if _, there := have[name]; there {
				t.Fatal("an empty list is stored")
			}
		}
	}
	if n := tx.Bucket(counted.Nodes).Stats().KeyN; n != nodes {
		t.Fatal(fmt.Sprintf("%d nodes are stored, %d are in use", n, nodes))
	}
}

// Lists against sorted slices: changes in several transactions, flushed in the
// middle or not; every length, rank, membership, page and walk is the slices'.
func TestListsAreSortedSets(t *testing.T) {
	names := []string{"x\x01a", "x\x01b", "y"}
	rapid.Check(t, func(rt *rapid.T) {
		db := open(t)
		model := map[string][]counted.Entry{}
		for range rapid.IntRange(1, 5).Draw(rt, "transactions") {
			change(rt, db, func(tx *bbolt.Tx) error {
				ls := counted.New(tx)
				for range rapid.IntRange(1, 20).Draw(rt, "steps") {
					mutate(rt, ls, rapid.SampledFrom(names).Draw(rt, "list"), model)
					if rapid.IntRange(0, 3).Draw(rt, "flush") == 0 {
						if err := flush(tx, ls); err != nil {
							return err
						}
					}
				}
				for _, name := range names { // before the file has it
					if l, err := ls.Get(name); err != nil || l.Len() != len(model[name]) || l.Name() != name {
						rt.Fatalf("list %q has %d entries of %d, %v", name, l.Len(), len(model[name]), err)
					}
				}
				return flush(tx, ls)
			})
			look(rt, db, func(tx *bbolt.Tx) error {
				compare(rt, tx, names, model)
				return nil
			})
		}
		_ = db.Close()
	})
}

// mutate inserts or removes a run of entries, which crowd within a millisecond
// or lie apart.
func mutate(t *rapid.T, ls *counted.Lists, name string, model map[string][]counted.Entry) {
	l, err := ls.Get(name)
	if err != nil {
		t.Fatal(err)
	}
	base := rapid.Int64Range(-1000, 1000).Draw(t, "at")
	n := rapid.SampledFrom([]int64{1, 1, 40, 300}).Draw(t, "run")
	gap := rapid.SampledFrom([]int64{0, 1, 3}).Draw(t, "gap")
	remove := rapid.IntRange(0, 2).Draw(t, "remove") == 0
	for k := range n {
		e := counted.Entry{At: base + k*gap, ID: uint64(k % 97)}
		i, found := slices.BinarySearchFunc(model[name], e, counted.Entry.Compare)
		if !remove {
			if err := l.Insert(e); err != nil {
				t.Fatal(err)
			}
			if !found {
				model[name] = slices.Insert(model[name], i, e)
			}
			continue
		}
		removed, err := l.Remove(e)
		if err != nil || removed != found {
			t.Fatalf("removed %v, was there %v, %v", removed, found, err)
		}
		if found {
			model[name] = slices.Delete(model[name], i, i+1)
		}
	}
}

func compare(t *rapid.T, tx *bbolt.Tx, names []string, model map[string][]counted.Entry) {
	want := map[string]int{}
	for _, name := range names {
		want[name] = len(model[name])
		l, err := counted.New(tx).Get(name)
		if err != nil {
			t.Fatal(err)
		}
		e := counted.Entry{At: rapid.Int64Range(-1100, 2000).Draw(t, "of"), ID: rapid.Uint64Range(0, 97).Draw(t, "id")}
		i, found := slices.BinarySearchFunc(model[name], e, counted.Entry.Compare)
		if rank, err := l.Rank(e); err != nil || rank != i {
			t.Fatalf("rank %d, is %d, %v", rank, i, err)
		}
		if has, err := l.Has(e); err != nil || has != found {
			t.Fatalf("has %v, is %v, %v", has, found, err)
		}
	}
	verified(t, tx, want)
	// What a family merges: lists x. Their entries are told apart by list here.
	ls := counted.New(tx)
	chosen, err := ls.Choose("x", func(rest string) bool { return rest != "\x01b" || rapid.Bool().Draw(t, "b") })
	if err != nil {
		t.Fatal(err)
	}
	m := counted.All(chosen...)
	var all []counted.Entry
	if rapid.Bool().Draw(t, "bounded") {
		m.From = counted.Entry{At: rapid.Int64Range(-1100, 500).Draw(t, "from")}
		m.Until = counted.Entry{At: rapid.Int64Range(-500, 2000).Draw(t, "until")}
	}
	for _, l := range chosen {
		for _, e := range model[l.Name()] {
			if e.Compare(m.From) >= 0 && e.Compare(m.Until) < 0 {
				all = append(all, e)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b counted.Entry) int { return b.Compare(a) })
	if total, err := m.Total(); err != nil || total != len(all) {
		t.Fatalf("total %d of %d, %v", total, len(all), err)
	}
	for range 3 {
		offset, size := rapid.IntRange(0, len(all)+3).Draw(t, "offset"), rapid.IntRange(0, 40).Draw(t, "size")
		page, err := m.Page(offset, size)
		if want := all[min(offset, len(all)):min(offset+size, len(all))]; err != nil || !slices.Equal(page, want) {
			t.Fatalf("page at %d of %d: %v, want %v, %v", offset, len(all), page, want, err)
		}
	}
}

// Lists of several levels, with crowds within one millisecond and gaps of years:
// pages anywhere in their merge are those of the sorted whole.
func TestDeepPagesOfManyLongLists(t *testing.T) {
	db := open(t)
	random := rand.New(rand.NewPCG(3, 1))
	names := []string{"xa", "xb", "xc", "xd", "xe", "xf"}
	var all []counted.Entry
	change(t, db, func(tx *bbolt.Tx) error {
		ls := counted.New(tx)
		at := int64(0)
		for id := uint64(1); id <= 60_000; id++ {
			switch random.IntN(2000) {
			case 0:
				at += 1 << 35 // a year
			case 1, 2, 3:
				at -= 5000
			default:
				if id%20_000 > 700 { // else a crowd
					at += int64(random.IntN(3)) * 900
				}
			}
			e := counted.Entry{At: at, ID: id}
			all = append(all, e)
			// Uneven lists, the last of them tiny.
			l, err := ls.Get(names[min(random.IntN(40)/8, random.IntN(7))%len(names)])
			if err != nil {
				return err
			}
			if err := l.Insert(e); err != nil {
				return err
			}
		}
		return flush(tx, ls)
	})
	slices.SortFunc(all, func(a, b counted.Entry) int { return b.Compare(a) })
	look(t, db, func(tx *bbolt.Tx) error {
		verified(t, tx, nil)
		for range 400 {
			ls := counted.New(tx)
			release := ls.Reuse()
			chosen, err := ls.Choose("x", nil)
			if err != nil {
				return err
			}
			m := counted.All(chosen...)
			offset := random.IntN(len(all) + 5)
			page, err := m.Page(offset, 20)
			if err != nil {
				return err
			}
			if want := all[min(offset, len(all)):min(offset+20, len(all))]; !slices.Equal(page, want) {
				t.Fatalf("page at %d: %v, want %v", offset, page, want)
			}
			// The same of what lies before some moment.
			m.Until = all[random.IntN(len(all))]
			rest := all[slices.Index(all, m.Until)+1:]
			offset = random.IntN(len(rest) + 1)
			want := rest[min(offset, len(rest)):min(offset+20, len(rest))]
			if page, err = m.Page(offset, 20); err != nil {
				return err
			}
			release()
			if !slices.Equal(page, want) { // after the release: it is a copy
				t.Fatalf("page at %d before %v: %v, want %v", offset, m.Until, page, want)
			}
		}
		return nil
	})
}

// Lists are not made for entries that are in several of them; what a page can be
// then, it is, and nothing goes round in circles.
func TestPagesOfEntriesInAHundredLists(t *testing.T) {
	db := open(t)
	change(t, db, func(tx *bbolt.Tx) error {
		ls := counted.New(tx)
		for list := range 100 {
			l, err := ls.Get(fmt.Sprintf("x%02d", list))
			if err != nil {
				return err
			}
			for id := range uint64(10) {
				if err := l.Insert(counted.Entry{At: 1, ID: id}); err != nil {
					return err
				}
			}
		}
		return flush(tx, ls)
	})
	look(t, db, func(tx *bbolt.Tx) error {
		chosen, err := counted.New(tx).Choose("x", nil)
		if err != nil {
			return err
		}
		for _, offset := range []int{0, 257, 350, 599, 600, 999} {
			page, err := counted.All(chosen...).Page(offset, 1)
			if want := uint64(9 - offset/100); err != nil || len(page) != 1 || page[0].ID != want {
				t.Errorf("at %d: %v, want %d, %v", offset, page, want, err)
			}
		}
		for _, offset := range []int{1000, 1001, 5000} {
			if page, err := counted.All(chosen...).Page(offset, 1); err != nil || page != nil {
				t.Errorf("at %d: %v, %v", offset, page, err)
			}
		}
		return nil
	})
}
