package counted_test

import (
	"bytes"
	"errors"
	"testing"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/counted"
)

// root and leaf write nodes as the room does, with any numbers in them.
func root(key string, count, next uint64, kids [][4]uint64) []byte {
	w := codec.NewWriter(codec.TypeRoot, 1)
	w.Uint(count)
	w.Uint(next)
	w.Byte(1)
	w.Uint(uint64(len(kids)))
	for _, k := range kids { // node, count, time and id after the one before
		w.Uint(k[0])
		w.Uint(k[1])
		w.Int(int64(k[2]))
		w.Int(int64(k[3]))
	}
	return w.Seal([]byte(key))
}

func leaf(key []byte, gaps ...int64) []byte {
	w := codec.NewWriter(codec.TypeNode, 1)
	w.Byte(0)
	w.Uint(uint64(len(gaps)))
	for _, g := range gaps {
		w.Int(g)
		w.Int(1)
	}
	return w.Seal(key)
}

// twins is a leaf with the same entry twice.
func twins(key []byte) []byte {
	w := codec.NewWriter(codec.TypeNode, 1)
	w.Byte(0)
	w.Uint(2)
	for _, n := range []int64{1, 1, 0, 0} {
		w.Int(n)
	}
	return w.Seal(key)
}

func nodeKey(n uint64) []byte { return append([]byte("a\x00"), codec.Key(n)[2:]...) }

// Every call on a list whose nodes are damaged fails with ErrDamaged, whatever
// the damage, and none panics.
func TestDamagedNodes(t *testing.T) {
	flip := func(bucket, key []byte) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			v := bytes.Clone(tx.Bucket(bucket).Get(key))
			v[len(v)/2] ^= 4
			return tx.Bucket(bucket).Put(key, v)
		}
	}
	put := func(bucket, key, v []byte) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return tx.Bucket(bucket).Put(key, v) }
	}
	deep := map[string]func(ls *counted.Lists, l *counted.List) error{
		"rank": func(_ *counted.Lists, l *counted.List) error {
			_, err := l.Rank(counted.Entry{At: 1, ID: 1})
			return err
		},
		"has": func(_ *counted.Lists, l *counted.List) error {
			_, err := l.Has(counted.Entry{At: 1, ID: 1})
			return err
		},
		"insert": func(_ *counted.Lists, l *counted.List) error { return l.Insert(counted.Entry{At: 1, ID: 9}) },
		"remove": func(_ *counted.Lists, l *counted.List) error {
			_, err := l.Remove(counted.Entry{At: 1, ID: 1})
			return err
		},
		"verify":    func(_ *counted.Lists, l *counted.List) error { _, err := l.Verify(); return err },
		"last page": func(_ *counted.Lists, l *counted.List) error { _, err := counted.All(l).Page(1995, 10); return err },
		"walk": func(_ *counted.Lists, l *counted.List) error {
			_, err := counted.All(l).Walk(counted.Entry{At: 50}, 0, 10)
			return err
		},
		"walk across": func(_ *counted.Lists, l *counted.List) error {
			_, err := counted.All(l).Walk(counted.Entry{At: 140}, 0, 60)
			return err
		},
		"total": func(_ *counted.Lists, l *counted.List) error {
			m := counted.All(l)
			m.From = counted.Entry{At: 20}
			_, err := m.Total()
			return err
		},
		"total until": func(_ *counted.Lists, l *counted.List) error {
			m := counted.All(l)
			m.Until = counted.Entry{At: 20}
			_, err := m.Total()
			return err
		},
		"merged page": func(ls *counted.Lists, l *counted.List) error {
			other, err := ls.Get("other")
			if err != nil {
				return err
			}
			_, err = counted.All(l, other).Page(3985, 15)
			return err
		},
	}
	for name, c := range map[string]struct {
		damage func(*bbolt.Tx) error
		root   bool // not even the list opens
	}{
		"flipped leaf":   {flip(counted.Nodes, nodeKey(1)), false},
		"missing leaf":   {func(tx *bbolt.Tx) error { return tx.Bucket(counted.Nodes).Delete(nodeKey(1)) }, false},
		"empty leaf":     {put(counted.Nodes, nodeKey(1), leaf(nodeKey(1))), false},
		"another's leaf": {put(counted.Nodes, nodeKey(1), leaf(nodeKey(2), 1, 1)), false},
		"a root as leaf": {put(counted.Nodes, nodeKey(1), root(string(nodeKey(1)), 1, 1, [][4]uint64{{1, 1, 1, 1}})), false},
		"flipped root":   {flip(counted.Roots, []byte("a")), true},
		"empty root":     {put(counted.Roots, []byte("a"), root("a", 0, 1, nil)), true},
		"rubbish":        {put(counted.Roots, []byte("a"), []byte("L\x01rubbish")), true},
	} {
		db := open(t)
		change(t, db, func(tx *bbolt.Tx) error {
			ls := counted.New(tx)
			for _, list := range []string{"a", "other"} {
				l, _ := ls.Get(list)
				for id := range uint64(2000) {
					if err := l.Insert(counted.Entry{At: int64(id), ID: id}); err != nil {
						return err
					}
				}
			}
			return flush(tx, ls)
		})
		change(t, db, c.damage)
		look(t, db, func(tx *bbolt.Tx) error {
			if c.root {
				ls := counted.New(tx)
				_, err := ls.Get("a")
				_, chosen := ls.Choose("a", nil)
				for call, err := range map[string]error{"get": err, "choose": chosen} {
					if !errors.Is(err, codec.ErrDamaged) {
						t.Errorf("%s, %s: %v", name, call, err)
					}
				}
				if length := ls.EachLength("a", func(string, int) {}); name != "empty root" && !errors.Is(length, codec.ErrDamaged) {
					t.Errorf("%s, length: %v", name, length)
				}
				return nil
			}
			for call, do := range deep {
				ls := counted.New(tx)
				l, err := ls.Get("a")
				if err != nil {
					return err
				}
				if err := do(ls, l); !errors.Is(err, codec.ErrDamaged) {
					t.Errorf("%s, %s: %v", name, call, err)
				}
			}
			return nil
		})
	}
}

// Nodes that are sealed and do not fit each other: Verify says so.
func TestVerifyComparesNodes(t *testing.T) {
	for name, c := range map[string]struct {
		root  [][4]uint64
		leafs [][]int64
		sound bool
	}{
		"sound":              {[][4]uint64{{1, 2, 1, 1}, {2, 2, 9, 0}}, [][]int64{{1, 1}, {10, 1}}, true},
		"a count too high":   {[][4]uint64{{1, 3, 1, 1}, {2, 2, 9, 0}}, [][]int64{{1, 1}, {10, 1}}, false},
		"a count too low":    {[][4]uint64{{1, 1, 1, 1}, {2, 2, 9, 0}}, [][]int64{{1, 1}, {10, 1}}, false},
		"an entry too early": {[][4]uint64{{1, 2, 5, 1}, {2, 2, 9, 0}}, [][]int64{{1, 1}, {14, 1}}, false},
		"out of order":       {[][4]uint64{{1, 2, 1, 1}, {2, 2, 9, 0}}, [][]int64{{5, -4}, {10, 1}}, false},
		"an entry twice":     {[][4]uint64{{1, 2, 1, 1}, {2, 2, 9, 0}}, [][]int64{nil, {10, 1}}, false},
	} {
		db := open(t)
		change(t, db, func(tx *bbolt.Tx) error {
			for i, gaps := range c.leafs {
				key := nodeKey(uint64(i + 1))
				v := leaf(key, gaps...)
				if gaps == nil {
					v = twins(key)
				}
				if err := tx.Bucket(counted.Nodes).Put(key, v); err != nil {
					return err
				}
			}
			return tx.Bucket(counted.Roots).Put([]byte("a"), root("a", 4, 3, c.root))
		})
		look(t, db, func(tx *bbolt.Tx) error {
			l, err := counted.New(tx).Get("a")
			if err != nil {
				return err
			}
			found, err := l.Verify()
			if (err == nil) != c.sound || err != nil && !errors.Is(err, codec.ErrDamaged) || c.sound && found != (counted.Found{Entries: 4, Nodes: 2}) {
				t.Errorf("%s: %+v, %v", name, found, err)
			}
			return nil
		})
	}
}

// Nodes of a newer program are no damage.
func TestNewerNodes(t *testing.T) {
	for name, verify := range map[codec.Type]func(k, v []byte) error{codec.TypeRoot: counted.VerifyRoot, codec.TypeNode: counted.VerifyNode} {
		if err := verify([]byte("a"), codec.NewWriter(name, 2).Seal([]byte("a"))); !errors.Is(err, codec.ErrNewer) {
			t.Errorf("%c: %v", name, err)
		}
	}
}

// A write that fails is the error of Flush, wherever it happens.
func TestFlushFails(t *testing.T) {
	full := errors.New("the disk is full")
	for name, c := range map[string]struct{ bucket, op string }{
		"a node": {"nodes", "put"}, "a root": {"lists", "put"}, "a node that goes": {"nodes", "delete"}, "a root that goes": {"lists", "delete"},
	} {
		db := open(t)
		change(t, db, func(tx *bbolt.Tx) error {
			ls := counted.New(tx)
			l, _ := ls.Get("a")
			for id := range uint64(300) {
				if err := l.Insert(counted.Entry{At: int64(id), ID: id}); err != nil {
					return err
				}
			}
			if c.op == "delete" {
				if err := flush(tx, ls); err != nil {
					return err
				}
				for id := range uint64(300) {
					if _, err := l.Remove(counted.Entry{At: int64(id), ID: id}); err != nil {
						return err
					}
				}
			}
			fails := func(op string) func(bucket []byte) error {
				return func(bucket []byte) error {
					if op == c.op && string(bucket) == c.bucket {
						return full
					}
					return nil
				}
			}
			err := ls.Flush(func(b, _, _ []byte) error { return fails("put")(b) }, func(b, _ []byte) error { return fails("delete")(b) })
			if !errors.Is(err, full) {
				t.Errorf("%s: %v", name, err)
			}
			return nil
		})
	}
}
