package store

import (
	"cmp"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/store/codec"
)

// A list is an ordered set of (time, id) with counts: a B+ tree whose inner
// nodes know how many entries lie below. So the n-th entry, the number of
// entries before a time, and any page of any index cost a few node reads,
// however long the list is. bbolt's own buckets are ordered but not counted:
// there the millionth page is a walk over a million keys.
//
// The root lies in bucket "lists" under the list's name, the other nodes in
// bucket "nodes" under name, 0, and a number. A node is read once in a
// transaction, changed in memory, and written once before the commit, so that
// a batch of records costs one write for each node.

// spot is the place of an entry: milliseconds since 1970, then id.
type spot struct {
	at int64
	id uint64
}

func (a spot) compare(b spot) int {
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	return cmp.Compare(a.id, b.id)
}

// child is an inner node's view of a node below it.
type child struct {
	node  uint64
	count uint64
	first spot // no entry of the child comes before it
}

// node is a leaf (kids nil, spots in order) or an inner node.
type node struct {
	leaf  bool
	spots []spot
	kids  []child
	dirty bool
	gone  bool
	next  uint64 // root only: the next free node number
}

func (n *node) count() uint64 {
	if n.leaf {
		return uint64(len(n.spots))
	}
	var sum uint64
	for _, k := range n.kids {
		sum += k.count
	}
	return sum
}

func (n *node) first() spot {
	if n.leaf {
		return n.spots[0]
	}
	return n.kids[0].first
}

const maxNode = 128 // entries or children; about 900 bytes stored

// lists is the view that one transaction has of all lists.
type lists struct {
	roots, nodes *bbolt.Bucket
	cache        map[string]*list
	w            *write // nil in a read transaction
	arena        *arena // nil: nodes are allocated
}

func newLists(tx *bbolt.Tx) *lists {
	return &lists{roots: tx.Bucket(bucketLists), nodes: tx.Bucket(bucketNodes), cache: map[string]*list{}}
}

// list is one list within one transaction.
type list struct {
	of    *lists
	name  string
	root  *node // nil: empty
	nodes map[uint64]*node
}

// get opens a list by name; an absent one is empty.
func (ls *lists) get(name string) (*list, error) {
	if l := ls.cache[name]; l != nil {
		return l, nil
	}
	l := &list{of: ls, name: name}
	if v := ls.roots.Get([]byte(name)); v != nil {
		n, err := decodeNode([]byte(name), v, true, ls.arena)
		if err != nil {
			return nil, fmt.Errorf("cannot read list %q: %w", name, err)
		}
		l.root = n
	}
	ls.cache[name] = l
	return l, nil
}

func (l *list) nodeKey(id uint64) []byte {
	k := append(make([]byte, 0, len(l.name)+9), l.name...)
	return append(append(k, 0), codec.Key(id)[2:]...)
}

func (l *list) node(id uint64) (*node, error) {
	if n := l.nodes[id]; n != nil {
		return n, nil
	}
	key := l.nodeKey(id)
	v := l.of.nodes.Get(key)
	if v == nil {
		return nil, fmt.Errorf("cannot find node %d of list %q: %w", id, l.name, ErrDamaged)
	}
	n, err := decodeNode(key, v, false, l.of.arena)
	if err != nil {
		return nil, fmt.Errorf("cannot read node %d of list %q: %w", id, l.name, err)
	}
	if l.nodes == nil {
		l.nodes = map[uint64]*node{}
	}
	l.nodes[id] = n
	return n, nil
}

func (l *list) count() int {
	if l.root == nil {
		return 0
	}
	return int(l.root.count())
}

// childOf is the index of the child where s belongs.
func (n *node) childOf(s spot) int {
	i, found := slices.BinarySearchFunc(n.kids, s, func(k child, s spot) int { return k.first.compare(s) })
	if !found {
		i--
	}
	return max(i, 0)
}

// insert adds an entry; one that is there already stays as it is.
func (l *list) insert(s spot) error {
	if l.root == nil {
		l.root = &node{leaf: true, spots: []spot{s}, dirty: true, next: 1}
		return nil
	}
	l.root.gone = false
	_, split, err := l.insertBelow(l.root, s)
	if err != nil || split == nil {
		return err
	}
	// The root's two halves become its children; the root keeps its place.
	left := &node{leaf: l.root.leaf, spots: l.root.spots, kids: l.root.kids}
	a, b := l.adopt(left), l.adopt(split)
	l.root.leaf, l.root.spots, l.root.kids = false, nil, []child{a, b}
	l.root.dirty = true
	return nil
}

// adopt gives a new node a number.
func (l *list) adopt(n *node) child {
	id := l.root.next
	l.root.next++
	n.dirty = true
	if l.nodes == nil {
		l.nodes = map[uint64]*node{}
	}
	l.nodes[id] = n
	return child{node: id, count: n.count(), first: n.first()}
}

// insertBelow adds s under n. When n overflowed, its upper part is returned.
func (l *list) insertBelow(n *node, s spot) (added bool, split *node, err error) {
	if n.leaf {
		i, found := slices.BinarySearchFunc(n.spots, s, spot.compare)
		if found {
			return false, nil, nil
		}
		n.spots = slices.Insert(n.spots, i, s)
		n.dirty = true
		if len(n.spots) > maxNode {
			split = &node{leaf: true}
			n.spots, split.spots = cut(n.spots, i == len(n.spots)-1)
		}
		return true, split, nil
	}
	i := n.childOf(s)
	below, err := l.node(n.kids[i].node)
	if err != nil {
		return false, nil, err
	}
	added, lower, err := l.insertBelow(below, s)
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

// remove takes an entry out and reports whether it was there.
func (l *list) remove(s spot) (bool, error) {
	if l.root == nil {
		return false, nil
	}
	removed, err := l.removeBelow(l.root, s)
	if err != nil || !removed {
		return false, err
	}
	for !l.root.leaf && len(l.root.kids) == 1 {
		id := l.root.kids[0].node
		only, err := l.node(id)
		if err != nil {
			return false, err
		}
		l.root.leaf, l.root.spots, l.root.kids, l.root.dirty = only.leaf, only.spots, only.kids, true
		l.nodes[id] = &node{gone: true, dirty: true}
	}
	if l.root.leaf && len(l.root.spots) == 0 {
		l.root.gone, l.root.dirty = true, true
	}
	return true, nil
}

func (l *list) removeBelow(n *node, s spot) (bool, error) {
	if n.leaf {
		i, found := slices.BinarySearchFunc(n.spots, s, spot.compare)
		if found {
			n.spots = slices.Delete(n.spots, i, i+1)
			n.dirty = true
		}
		return found, nil
	}
	i := n.childOf(s)
	below, err := l.node(n.kids[i].node)
	if err != nil {
		return false, err
	}
	removed, err := l.removeBelow(below, s)
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

// rank is the number of entries before s.
func (l *list) rank(s spot) (int, error) {
	if l.root == nil || l.root.gone {
		return 0, nil
	}
	n, sum := l.root, uint64(0)
	for !n.leaf {
		i := n.childOf(s)
		for _, k := range n.kids[:i] {
			sum += k.count
		}
		var err error
		if n, err = l.node(n.kids[i].node); err != nil {
			return 0, err
		}
	}
	i, _ := slices.BinarySearchFunc(n.spots, s, spot.compare)
	return int(sum) + i, nil
}

// flush writes what changed. The lists stay usable.
func (ls *lists) flush() error {
	for _, l := range ls.cache {
		if err := l.flush(); err != nil {
			return err
		}
	}
	return nil
}

func (l *list) flush() error {
	for id, n := range l.nodes {
		if !n.dirty {
			continue
		}
		key := l.nodeKey(id)
		if n.gone {
			if err := l.of.w.delete(bucketNodes, key); err != nil {
				return err
			}
			delete(l.nodes, id)
			continue
		}
		if err := l.of.w.put(bucketNodes, key, encodeNode(key, n, false)); err != nil {
			return err
		}
		n.dirty = false
	}
	if l.root == nil || !l.root.dirty {
		return nil
	}
	if l.root.gone {
		l.root = nil
		return l.of.w.delete(bucketLists, []byte(l.name))
	}
	l.root.dirty = false
	return l.of.w.put(bucketLists, []byte(l.name), encodeNode([]byte(l.name), l.root, true))
}
