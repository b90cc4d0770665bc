package counted_test

import (
	"fmt"
	"testing"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/counted"
)

// Records come in order of time: a list that grows at its end has full nodes.
func TestListsThatGrowAtTheEndArePacked(t *testing.T) {
	db := open(t)
	change(t, db, func(tx *bbolt.Tx) error {
		ls := counted.New(tx)
		l, err := ls.Get("a")
		if err != nil {
			return err
		}
		for id := range uint64(50_000) {
			if err := l.Insert(counted.Entry{At: int64(id), ID: id}); err != nil {
				return err
			}
		}
		return flush(tx, ls)
	})
	look(t, db, func(tx *bbolt.Tx) error {
		// A node is cut when it has 129, of which 128 stay.
		leaves := 50_000 / 128
		if n := tx.Bucket(counted.Nodes).Stats().KeyN; n != leaves+1+leaves/127+1 {
			t.Errorf("50,000 entries take %d nodes", n)
		}
		return nil
	})
}

// A transaction writes each node that it touched once, and nothing else.
func TestFlushWritesWhatChangedOnce(t *testing.T) {
	db := open(t)
	change(t, db, func(tx *bbolt.Tx) error {
		ls := counted.New(tx)
		l, _ := ls.Get("a")
		for id := range uint64(2000) {
			if err := l.Insert(counted.Entry{At: int64(id), ID: id}); err != nil {
				return err
			}
		}
		return flush(tx, ls)
	})
	for _, c := range []struct {
		name    string
		do      func(l *counted.List) error
		writes  int
		deletes int
	}{
		{"nothing", func(*counted.List) error { return nil }, 0, 0},
		{"an entry that is there", func(l *counted.List) error { return l.Insert(counted.Entry{At: 5, ID: 5}) }, 0, 0},
		{"the removal of none", func(l *counted.List) error { _, err := l.Remove(counted.Entry{At: 5, ID: 6}); return err }, 0, 0},
		{"a hundred in one leaf", func(l *counted.List) error {
			for id := range uint64(100) {
				if _, err := l.Remove(counted.Entry{At: int64(id), ID: id}); err != nil {
					return err
				}
			}
			return nil
		}, 2, 0}, // leaf and root
		{"a whole leaf", func(l *counted.List) error {
			for id := uint64(100); id < 128; id++ {
				if _, err := l.Remove(counted.Entry{At: int64(id), ID: id}); err != nil {
					return err
				}
			}
			return nil
		}, 1, 1},
	} {
		change(t, db, func(tx *bbolt.Tx) error {
			ls := counted.New(tx)
			l, err := ls.Get("a")
			if err != nil {
				return err
			}
			if err := c.do(l); err != nil {
				return err
			}
			seen := map[string]int{}
			writes, deletes := 0, 0
			note := func(key []byte) {
				if seen[string(key)]++; seen[string(key)] > 1 {
					t.Errorf("%s: node %q is written twice", c.name, key)
				}
			}
			for range 2 { // the second time there is nothing to do
				if err := ls.Flush(func(bucket, key, value []byte) error {
					writes++
					note(key)
					return tx.Bucket(bucket).Put(key, value)
				}, func(bucket, key []byte) error { deletes++; note(key); return tx.Bucket(bucket).Delete(key) }); err != nil {
					return err
				}
			}
			if writes != c.writes || deletes != c.deletes {
				t.Errorf("%s: %d writes, %d deletes", c.name, writes, deletes)
			}
			return nil
		})
	}
}

// A list that is emptied leaves nothing in the file; one that is filled again in
// the same transaction is whole.
func TestEmptiedLists(t *testing.T) {
	for _, again := range []bool{false, true} {
		for _, n := range []int{1, 100, 5000} {
			db := open(t)
			insert := func(ls *counted.Lists) {
				l, _ := ls.Get("a")
				for id := range uint64(n) {
					if err := l.Insert(counted.Entry{At: int64(id), ID: id}); err != nil {
						t.Fatal(err)
					}
				}
			}
			change(t, db, func(tx *bbolt.Tx) error { ls := counted.New(tx); insert(ls); return flush(tx, ls) })
			change(t, db, func(tx *bbolt.Tx) error {
				ls := counted.New(tx)
				l, err := ls.Get("a")
				for id := range uint64(n) {
					if there, err := l.Remove(counted.Entry{At: int64(id), ID: id}); err != nil || !there {
						t.Fatal(there, err)
					}
				}
				rank, _ := l.Rank(counted.Last)
				has, _ := l.Has(counted.Entry{})
				page, _ := counted.All(l).Page(0, 10)
				found, _ := l.Verify()
				if l.Len() != 0 || rank != 0 || has || page != nil || found.Entries != 0 {
					t.Errorf("an emptied list has %d entries, rank %d, %v, %v, %+v", l.Len(), rank, has, page, found)
				}
				if again {
					insert(ls)
				}
				if err == nil {
					err = flush(tx, ls)
				}
				return err
			})
			look(t, db, func(tx *bbolt.Tx) error {
				want := map[string]int{"a": 0}
				if again {
					want["a"] = n
				}
				verified(t, tx, want)
				return nil
			})
		}
	}
}

// What is not flushed is not in the file, and Choose and EachLength read that.
func TestChooseReadsTheFile(t *testing.T) {
	db := open(t)
	change(t, db, func(tx *bbolt.Tx) error {
		ls := counted.New(tx)
		for _, name := range []string{"a1", "a2", "b"} {
			l, _ := ls.Get(name)
			if err := l.Insert(counted.Entry{At: 1, ID: 1}); err != nil {
				return err
			}
		}
		seen := func() (names []string) {
			if err := ls.EachLength("a", func(rest string, n int) { names = append(names, fmt.Sprint(rest, n)) }); err != nil {
				t.Fatal(err)
			}
			return names
		}
		chosen, err := ls.Choose("a", nil)
		if err != nil || len(chosen) != 0 || seen() != nil {
			t.Errorf("before: %d lists, %v, %v", len(chosen), seen(), err)
		}
		if err := flush(tx, ls); err != nil {
			return err
		}
		chosen, err = ls.Choose("a", nil)
		if err != nil || len(chosen) != 2 || fmt.Sprint(seen()) != "[11 21]" {
			t.Errorf("after: %d lists, %v, %v", len(chosen), seen(), err)
		}
		one, err := ls.Choose("a", func(rest string) bool { return rest == "2" })
		if err != nil || len(one) != 1 || one[0] != chosen[1] {
			t.Errorf("chosen by the rest: %v, %v", one, err)
		}
		return nil
	})
}

func TestEntriesSortByTimeThenID(t *testing.T) {
	in := []counted.Entry{counted.First, {At: -5, ID: 9}, {At: 0, ID: 1}, {At: 0, ID: 2}, {At: 7}, counted.Last}
	for i := range in {
		for j := range in {
			if got := in[i].Compare(in[j]); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("%v and %v: %d", in[i], in[j], got)
			}
		}
	}
}

// The stored form: files refer to it for ever.
func TestNodesKeepTheirBytes(t *testing.T) {
	db := open(t)
	change(t, db, func(tx *bbolt.Tx) error {
		ls := counted.New(tx)
		small, _ := ls.Get("small")
		large, _ := ls.Get("large")
		for id := range uint64(200) {
			if err := large.Insert(counted.Entry{At: int64(id) * 1000, ID: id}); err != nil {
				return err
			}
			if id < 2 {
				if err := small.Insert(counted.Entry{At: 1_790_000_000_000 + int64(id), ID: 300 + id}); err != nil {
					return err
				}
			}
		}
		if err := flush(tx, ls); err != nil {
			return err
		}
		for _, c := range []struct{ name, want string }{
			{"small", "4c010201000280b083c59868d80402028ce781e5"},
			{"large", "4c01c8010301020180010000024880d00f8002f466d5c0"},
		} {
			if got := fmt.Sprintf("%x", tx.Bucket(counted.Roots).Get([]byte(c.name))); got != c.want {
				t.Errorf("root of %s: %s", c.name, got)
			}
		}
		if key := append([]byte("large\x00"), codec.Key(1)[2:]...); counted.VerifyNode(key, tx.Bucket(counted.Nodes).Get(key)) != nil {
			t.Error("the first node lies under another key")
		}
		return nil
	})
}
