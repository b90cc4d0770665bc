package counted

import "slices"

// Insert adds an entry; one that is there already stays as it is.
func (l *List) Insert(e Entry) error {
	if l.root == nil {
		l.root = &node{leaf: true, entries: []Entry{e}, dirty: true, next: 1}
		return nil
	}
	l.root.gone = false
	_, split, err := l.insertBelow(l.root, e)
	if err != nil || split == nil {
		return err
	}
	// The root's two halves become its children; the root keeps its place.
	left := &node{leaf: l.root.leaf, entries: l.root.entries, kids: l.root.kids}
	a, b := l.adopt(left), l.adopt(split)
	l.root.leaf, l.root.entries, l.root.kids = false, nil, []child{a, b}
	l.root.dirty = true
	return nil
}

// adopt gives a new node a number.
func (l *List) adopt(n *node) child {
	id := l.root.next
	l.root.next++
	n.dirty = true
	if l.nodes == nil {
		l.nodes = map[uint64]*node{}
	}
	l.nodes[id] = n
	return child{node: id, count: n.count(), first: n.first()}
}

// insertBelow adds e under n. When n overflowed, its upper part is returned.
func (l *List) insertBelow(n *node, e Entry) (added bool, split *node, err error) {
	if n.leaf {
		i, found := slices.BinarySearchFunc(n.entries, e, Entry.Compare)
		if found {
			return false, nil, nil
		}
		n.entries = slices.Insert(n.entries, i, e)
		n.dirty = true
		if len(n.entries) > maxNode {
			split = &node{leaf: true}
			n.entries, split.entries = cut(n.entries, i == len(n.entries)-1)
		}
		return true, split, nil
	}
	i := n.childOf(e)
	below, err := l.node(n.kids[i].node)
	if err != nil {
		return false, nil, err
	}
	added, lower, err := l.insertBelow(below, e)
	if err != nil || !added {
		return added, nil, err
	}
	n.dirty = true
	if lower != nil {
		n.kids = slices.Insert(n.kids, i+1, l.adopt(lower))
	}
	n.kids[i].count, n.kids[i].first = below.count(), below.first()
	if len(n.kids) > maxNode {
		split = &node{}
		n.kids, split.kids = cut(n.kids, i >= len(n.kids)-2)
	}
	return true, split, nil
}

// cut halves a full node; one that grows at its end stays full, since records
// come in order of time.
func cut[T any](all []T, atEnd bool) (left, right []T) {
	at := len(all) / 2
	if atEnd {
		at = len(all) - 1
	}
	return slices.Clip(all[:at]), slices.Clone(all[at:])
}

// Remove takes an entry out and reports whether it was there.
func (l *List) Remove(e Entry) (bool, error) {
	if l.root == nil {
		return false, nil
	}
	removed, err := l.removeBelow(l.root, e)
	if err != nil || !removed {
		return false, err
	}
	for !l.root.leaf && len(l.root.kids) == 1 {
		id := l.root.kids[0].node
		only, err := l.node(id)
		if err != nil {
			return false, err
		}
		l.root.leaf, l.root.entries, l.root.kids, l.root.dirty = only.leaf, only.entries, only.kids, true
		l.nodes[id] = &node{gone: true, dirty: true}
	}
	if l.root.leaf && len(l.root.entries) == 0 {
		l.root.gone, l.root.dirty = true, true
	}
	return true, nil
}

func (l *List) removeBelow(n *node, e Entry) (bool, error) {
	if n.leaf {
		i, found := slices.BinarySearchFunc(n.entries, e, Entry.Compare)
		if found {
			n.entries = slices.Delete(n.entries, i, i+1)
			n.dirty = true
		}
		return found, nil
	}
	i := n.childOf(e)
	below, err := l.node(n.kids[i].node)
	if err != nil {
		return false, err
	}
	removed, err := l.removeBelow(below, e)
	if err != nil || !removed {
		return false, err
	}
	n.dirty = true
	if below.count() == 0 {
		l.nodes[n.kids[i].node] = &node{gone: true, dirty: true}
		n.kids = slices.Delete(n.kids, i, i+1)
		return true, nil
	}
	n.kids[i].count, n.kids[i].first = below.count(), below.first()
	return true, nil
}
