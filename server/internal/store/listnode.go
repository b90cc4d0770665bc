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

func decodeNode(key, v []byte, root bool) (*node, error) {
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
		n.spots = make([]spot, r.count(2))
	} else {
		n.kids = make([]child, r.count(4))
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

// unsigned is uint, quick for the small numbers that nodes are full of: they are
// most of the work of a page that merges many lists.
func (r *reader) unsigned() uint64 {
	if len(r.b) > 1 {
		if c := r.b[0]; c < 0x80 {
			r.b = r.b[1:]
			return uint64(c)
		} else if d := r.b[1]; d < 0x80 {
			r.b = r.b[2:]
			return uint64(c&0x7f) | uint64(d)<<7
		}
	}
	return r.uint()
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
