package store

import "mangosense/server/internal/store/codec"

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
	var last spot
	put := func(s spot) {
		w.Int(s.at - last.at)
		w.Int(int64(s.id - last.id))
		last = s
	}
	if n.leaf {
		w.Byte(0)
		w.Uint(uint64(len(n.spots)))
		for _, s := range n.spots {
			put(s)
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
		r.Uint() // the count, for rootCount
		n.next = r.Uint()
	}
	n.leaf = r.Byte() == 0
	if n.leaf {
		n.spots = a.takeSpots(r.Count(2))
	} else {
		n.kids = a.takeKids(r.Count(4))
	}
	var last spot
	for i := range n.spots {
		last.at += r.Int()
		last.id += uint64(r.Int())
		n.spots[i] = last
	}
	for i := range n.kids {
		k := &n.kids[i]
		k.node, k.count = r.Uint(), r.Uint()
		last.at += r.Int()
		last.id += uint64(r.Int())
		k.first = last
	}
	return n, r.Err()
}

// rootCount reads a list's length without taking its root apart.
func rootCount(key, v []byte) (int, error) {
	r, err := codec.Open(key, v, codec.TypeRoot, nodeVersion)
	if err != nil {
		return 0, err
	}
	n := r.Uint()
	return int(n), r.Err()
}
