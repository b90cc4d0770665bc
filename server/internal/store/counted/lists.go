package counted

import (
	"bytes"
	"fmt"

	"go.etcd.io/bbolt"
)

// Roots and Nodes are the buckets that the lists are kept in.
var (
	Roots = []byte("lists")
	Nodes = []byte("nodes")
)

// Lists is the view that one transaction has of all lists.
type Lists struct {
	roots, nodes *bbolt.Bucket
	open         map[string]*List
	arena        *arena // nil: nodes are allocated
}

// New is the view of a transaction whose file has both buckets.
func New(tx *bbolt.Tx) *Lists {
	return &Lists{roots: tx.Bucket(Roots), nodes: tx.Bucket(Nodes), open: map[string]*List{}}
}

// Get opens a list by name; an absent one is empty.
func (ls *Lists) Get(name string) (*List, error) {
	if l := ls.open[name]; l != nil {
		return l, nil
	}
	l := &List{of: ls, name: name}
	if v := ls.roots.Get([]byte(name)); v != nil {
		n, err := decodeNode([]byte(name), v, true, ls.arena)
		if err != nil {
			return nil, fmt.Errorf("cannot read list %q: %w", name, err)
		}
		l.root = n
	}
	ls.open[name] = l
	return l, nil
}

// Choose opens the lists in the file whose names begin with prefix and whose
// rest keep accepts; nil accepts all.
func (ls *Lists) Choose(prefix string, keep func(rest string) bool) ([]*List, error) {
	var found []*List
	err := ls.each(prefix, func(name, rest string, _ []byte) error {
		if keep != nil && !keep(rest) {
			return nil
		}
		l, err := ls.Get(name)
		found = append(found, l)
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// EachLength visits the lists in the file whose names begin with prefix, with
// the rest of the name and the number of entries. It reads no more than that.
func (ls *Lists) EachLength(prefix string, visit func(rest string, n int)) error {
	return ls.each(prefix, func(name, rest string, root []byte) error {
		n, err := length([]byte(name), root)
		if err != nil {
			return fmt.Errorf("cannot read list %q: %w", name, err)
		}
		visit(rest, n)
		return nil
	})
}

func (ls *Lists) each(prefix string, visit func(name, rest string, root []byte) error) error {
	c := ls.roots.Cursor()
	p := []byte(prefix)
	for k, v := c.Seek(p); k != nil && bytes.HasPrefix(k, p); k, v = c.Next() {
		name := string(k)
		if err := visit(name, name[len(prefix):], v); err != nil {
			return err
		}
	}
	return nil
}

// Flush writes what changed by put and remove, which are given a bucket and a
// key. The lists stay usable. Where it fails the transaction must be taken back.
func (ls *Lists) Flush(put func(bucket, key, value []byte) error, remove func(bucket, key []byte) error) error {
	for _, l := range ls.open {
		if err := l.flush(put, remove); err != nil {
			return err
		}
	}
	return nil
}

func (l *List) flush(put func(bucket, key, value []byte) error, remove func(bucket, key []byte) error) error {
	for id, n := range l.nodes {
		if !n.dirty {
			continue
		}
		key := l.nodeKey(id)
		if n.gone {
			if err := remove(Nodes, key); err != nil {
				return err
			}
			delete(l.nodes, id)
			continue
		}
		if err := put(Nodes, key, encodeNode(key, n, false)); err != nil {
			return err
		}
		n.dirty = false
	}
	if l.root == nil || !l.root.dirty {
		return nil
	}
	if l.root.gone {
		l.root = nil
		return remove(Roots, []byte(l.name))
	}
	l.root.dirty = false
	return put(Roots, []byte(l.name), encodeNode([]byte(l.name), l.root, true))
}
