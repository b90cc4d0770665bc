package counted

import (
	"fmt"
	"slices"

	"mangosense/server/internal/store/codec"
)

// List is one list within one transaction.
type List struct {
	of    *Lists
	name  string
	root  *node // nil: empty
	nodes map[uint64]*node
}

// Name is what the list was opened by.
func (l *List) Name() string { return l.name }

// empty covers a root whose last entry was removed and that is not flushed yet.
func (l *List) empty() bool { return l.root == nil || l.root.gone }

// Len is the number of entries.
func (l *List) Len() int {
	if l.empty() {
		return 0
	}
	return int(l.root.count())
}

// Rank is the number of entries before e, be it there or not.
func (l *List) Rank(e Entry) (int, error) {
	if l.empty() {
		return 0, nil
	}
	if e == Last {
		return l.Len(), nil // reads nothing
	}
	n, sum := l.root, uint64(0)
	for !n.leaf {
		i := n.childOf(e)
		for _, k := range n.kids[:i] {
			sum += k.count
		}
		if e.Compare(n.kids[i].first) <= 0 { // nothing of the child comes before it
			return int(sum), nil
		}
		var err error
		if n, err = l.node(n.kids[i].node); err != nil {
			return 0, err
		}
	}
	i, _ := slices.BinarySearchFunc(n.entries, e, Entry.Compare)
	return int(sum) + i, nil
}

// Has reports whether e is in the list.
func (l *List) Has(e Entry) (bool, error) {
	if l.empty() {
		return false, nil
	}
	n := l.root
	for !n.leaf {
		var err error
		if n, err = l.node(n.kids[n.childOf(e)].node); err != nil {
			return false, err
		}
	}
	_, found := slices.BinarySearchFunc(n.entries, e, Entry.Compare)
	return found, nil
}

func (l *List) nodeKey(id uint64) []byte {
	k := append(make([]byte, 0, len(l.name)+9), l.name...)
	return append(append(k, 0), codec.Key(id)[2:]...)
}

func (l *List) node(id uint64) (*node, error) {
	if n := l.nodes[id]; n != nil {
		return n, nil
	}
	key := l.nodeKey(id)
	v := l.of.nodes.Get(key)
	if v == nil {
		return nil, fmt.Errorf("cannot find node %d of list %q: %w", id, l.name, codec.ErrDamaged)
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
