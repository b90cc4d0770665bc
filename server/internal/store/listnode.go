package store

// Stored form of a list's node: entries as differences to the one before, so
// that an entry takes 3 to 6 bytes.

const (
	typeRoot    = 'L'
	typeNode    = 'N'
	nodeVersion = 1
)

func encodeNode(key []byte, n *node, root bool) []byte {
	typ := byte(typeNode)
	if root {
		typ = typeRoot
	}
	w := newWriter(typ, nodeVersion)
	if root {
		w.uint(n.count())
		w.uint(n.next)
	}
	var last spot
	put := func(s spot) {
		w.int(s.at - last.at)
		w.int(int64(s.id - last.id))
		last = s
	}
	if n.leaf {
		w.byte(0)
		w.uint(uint64(len(n.spots)))
		for _, s := range n.spots {
			put(s)
		}
		return w.seal(key)
	}
	w.byte(1)
	w.uint(uint64(len(n.kids)))
	for _, k := range n.kids {
		w.uint(k.node)
		w.uint(k.count)
		put(k.first)
	}
	return w.seal(key)
}

func decodeNode(key, v []byte, root bool, a *arena) (*node, error) {
	typ := byte(typeNode)
	if root {
		typ = typeRoot
	}
	r, version, err := open(key, v, typ)
	if err != nil {
		return nil, err
	}
	if version > nodeVersion {
		return nil, ErrNewer
	}
	n := &node{}
	if root {
		r.uint() // the count, for rootCount
		n.next = r.uint()
	}
	n.leaf = r.byte() == 0
	if n.leaf {
		n.spots = a.takeSpots(r.count(2))
	} else {
		n.kids = a.takeKids(r.count(4))
	}
	var last spot
	for i := range n.spots {
		last.at += r.signed()
		last.id += uint64(r.signed())
		n.spots[i] = last
	}
	for i := range n.kids {
		k := &n.kids[i]
		k.node, k.count = r.unsigned(), r.unsigned()
		last.at += r.signed()
		last.id += uint64(r.signed())
		k.first = last
	}
	return n, r.err
}

// unsigned is uint, quicker for the numbers of a few bytes that nodes are full
// of: they are most of the work of a page that merges many lists.
func (r *reader) unsigned() uint64 {
	var v uint64
	for i, c := range r.b[:min(len(r.b), 9)] {
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.b = r.b[i+1:]
			return v
		}
	}
	return r.uint() // ten bytes, or none
}

func (r *reader) signed() int64 {
	v := r.unsigned()
	return int64(v>>1) ^ -int64(v&1)
}

// rootCount reads a list's length without taking its root apart.
func rootCount(key, v []byte) (int, error) {
	r, _, err := open(key, v, typeRoot)
	if err != nil {
		return 0, err
	}
	n := r.uint()
	return int(n), r.err
}
