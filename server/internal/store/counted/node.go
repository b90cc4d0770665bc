package counted

import (
	"fmt"
	"slices"

	"mangosense/server/internal/store/codec"
)

// child is an inner node's view of a node below it.
type child struct {
	node  uint64
	count uint64
	first Entry // no entry of the child comes before it
}

// node is a leaf (kids nil, entries in order) or an inner node.
type node struct {
	leaf    bool
	entries []Entry
	kids    []child
	dirty   bool
	gone    bool
	next    uint64 // root only: the next free node number
}

func (n *node) count() uint64 {
	if n.leaf {
		return uint64(len(n.entries))
	}
	var sum uint64
	for _, k := range n.kids {
		sum += k.count
	}
	return sum
}

func (n *node) first() Entry {
	if n.leaf {
		return n.entries[0]
	}
	return n.kids[0].first
}

const maxNode = 128 // entries or children; about 900 bytes stored

// childOf is the index of the child where e belongs.
func (n *node) childOf(e Entry) int {
	i, found := slices.BinarySearchFunc(n.kids, e, func(k child, e Entry) int { return k.first.Compare(e) })
	if !found {
		i--
	}
	return max(i, 0)
}

// Stored form of a list's node: entries as differences to the one before, so
// that an entry takes 3 to 6 bytes.

const nodeVersion = 1

func encodeNode(key []byte, n *node, root bool) []byte {
	typ := codec.TypeNode
	if root {
		typ = codec.TypeRoot
	}
	w := codec.NewWriter(typ, nodeVersion)
	if root {
		w.Uint(n.count())
		w.Uint(n.next)
	}
	var last Entry
	put := func(e Entry) {
		w.Int(e.At - last.At)
		w.Int(int64(e.ID - last.ID))
		last = e
	}
	if n.leaf {
		w.Byte(0)
		w.Uint(uint64(len(n.entries)))
		for _, e := range n.entries {
			put(e)
		}
		return w.Seal(key)
	}
	w.Byte(1)
	w.Uint(uint64(len(n.kids)))
	for _, k := range n.kids {
		w.Uint(k.node)
		w.Uint(k.count)
		put(k.first)
	}
	return w.Seal(key)
}

func decodeNode(key, v []byte, root bool, a *arena) (*node, error) {
	typ := codec.TypeNode
	if root {
		typ = codec.TypeRoot
	}
	r, err := codec.Open(key, v, typ, nodeVersion)
	if err != nil {
		return nil, err
	}
	n := &node{}
	if root {
		r.Uint() // the count, for length
		n.next = r.Uint()
	}
	n.leaf = r.Byte() == 0
	if n.leaf {
		n.entries = a.takeEntries(r.Count(2))
	} else {
		n.kids = a.takeKids(r.Count(4))
	}
	var last Entry
	for i := range n.entries {
		last.At += r.Int()
		last.ID += uint64(r.Int())
		n.entries[i] = last
	}
	for i := range n.kids {
		k := &n.kids[i]
		k.node, k.count = r.Uint(), r.Uint()
		last.At += r.Int()
		last.ID += uint64(r.Int())
		k.first = last
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	if len(n.entries) == 0 && len(n.kids) == 0 {
		return nil, fmt.Errorf("%w: a node of a list is empty", codec.ErrDamaged)
	}
	return n, nil
}

// VerifyRoot and VerifyNode check a value of bucket Roots and Nodes by itself.
func VerifyRoot(key, v []byte) error { _, err := decodeNode(key, v, true, nil); return err }
func VerifyNode(key, v []byte) error { _, err := decodeNode(key, v, false, nil); return err }

// length reads a list's length without taking its root apart.
func length(key, v []byte) (int, error) {
	r, err := codec.Open(key, v, codec.TypeRoot, nodeVersion)
	if err != nil {
		return 0, err
	}
	n := r.Uint()
	return int(n), r.Err()
}
