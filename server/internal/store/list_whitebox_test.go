package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"mangosense/server/internal/store/codec"
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
		names := []string{string(rune('A'+run%50)) + "x" + string(codec.Key(uint64(run))), string(rune('A'+run%50)) + "y" + string(codec.Key(uint64(run)))}
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

// Lists of several levels, with crowds within one millisecond and gaps of years:
// pages anywhere in their merge are those of the sorted whole.
func TestDeepPagesOfManyLongLists(t *testing.T) {
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "lists.db"), 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(makeBuckets); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 1))
	names := []string{"xa", "xb", "xc", "xd", "xe", "xf"}
	var all []spot
	if err := db.Update(func(tx *bbolt.Tx) error {
		w, err := (&Store{}).begin(tx)
		if err != nil {
			return err
		}
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
			s := spot{at, id}
			all = append(all, s)
			// Uneven lists, the last of them tiny.
			if err := w.insert(names[min(random.IntN(40)/8, random.IntN(7))%len(names)], s); err != nil {
				return err
			}
		}
		return w.flush()
	}); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b spot) int { return b.compare(a) })
	if err := db.View(func(tx *bbolt.Tx) error {
		for range 400 {
			ls := newLists(tx)
			give := ls.borrow()
			chosen, err := ls.choose("x", nil)
			if err != nil {
				return err
			}
			m := merge{lists: chosen, from: firstSpot, until: lastSpot}
			offset := random.IntN(len(all) + 5)
			page, err := m.page(offset, 20)
			if err != nil {
				return err
			}
			if want := all[min(offset, len(all)):min(offset+20, len(all))]; !slices.Equal(page, want) {
				t.Fatalf("page at %d: %v, want %v", offset, page, want)
			}
			// The same of what lies before some moment.
			until := all[random.IntN(len(all))]
			m.until = until
			rest := all[slices.Index(all, until)+1:]
			offset = random.IntN(len(rest) + 1)
			if page, err = m.page(offset, 20); err != nil {
				return err
			}
			if want := rest[min(offset, len(rest)):min(offset+20, len(rest))]; !slices.Equal(page, want) {
				t.Fatalf("page at %d before %v: %v, want %v", offset, until, page, want)
			}
			give()
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// What is asked for ahead are the pages that hold the keys, and asking for
// anything at all does no harm.
func TestReadingAheadFindsThePages(t *testing.T) {
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "ahead.db"), 0o600, &bbolt.Options{NoSync: true, PageSize: pageSize})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const many = 40_000
	if err := db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket(bucketRecords)
		for id := uint64(1); err == nil && id <= many; id++ {
			err = b.Put(codec.Key(id), bytes.Repeat([]byte{byte(id)}, 100))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketRecords)
		m := mapped(tx)
		for id := uint64(1); id <= many; id += 97 {
			at := uint64(b.Root())
			for m.kind(at) == branchPage {
				at = m.child(at, codec.Key(id))
			}
			pg := &page{id: at, n: int(binary.LittleEndian.Uint16(m.page(at)[10:])), b: m.page(at)}
			pairs, err := pg.pairs()
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(pairs, func(e pair) bool { return bytes.Equal(e.key, codec.Key(id)) }) {
				t.Fatalf("page %d does not hold record %d", at, id)
			}
		}
		ask(b, codec.Key(1), [][]byte{codec.Key(5), codec.Key(many), codec.Key(1 << 60), {}, nil})
		for _, id := range []uint64{0, 1, 1 << 40, ^uint64(0)} {
			m.want(id)
			if m.child(id, codec.Key(1)) != 0 {
				t.Errorf("page %d has a child", id)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
