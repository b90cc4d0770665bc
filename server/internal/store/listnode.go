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
	var last spot
	get := func() spot {
		last.at += r.int()
		last.id += uint64(r.int())
		return last
	}
	if n.leaf {
		c := r.count(2)
		n.spots = make([]spot, c, c+1)
		for i := range n.spots {
			n.spots[i] = get()
		}
	} else {
		c := r.count(4)
		n.kids = make([]child, c, c+1)
		for i := range n.kids {
			n.kids[i] = child{node: r.uint(), count: r.uint(), first: get()}
		}
	}
	return n, r.err
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
