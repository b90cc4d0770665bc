package counted

import (
	"fmt"

	"mangosense/server/internal/store/codec"
)

// Found is what Verify counted: entries, and nodes below the root.
type Found struct{ Entries, Nodes int }

// Verify walks a whole list and compares each node's count, range and order with
// what lies below it. The list cannot be used afterwards: nodes that were looked
// at are emptied, since the tree may be larger than the memory.
func (l *List) Verify() (Found, error) {
	if l.empty() {
		return Found{}, nil
	}
	n, err := l.verify(l.root)
	return Found{Entries: n, Nodes: len(l.nodes)}, err
}

func (l *List) verify(n *node) (int, error) {
	if n.leaf {
		for i := 1; i < len(n.entries); i++ {
			if n.entries[i-1].Compare(n.entries[i]) >= 0 {
				return len(n.entries), fmt.Errorf("%w: list %q is out of order", codec.ErrDamaged, l.name)
			}
		}
		return len(n.entries), nil
	}
	sum := 0
	for _, k := range n.kids {
		below, err := l.node(k.node)
		if err != nil {
			return sum, err
		}
		first := below.first()
		count, err := l.verify(below)
		if err != nil {
			return sum, err
		}
		if uint64(count) != k.count || first.Compare(k.first) < 0 {
			return sum, fmt.Errorf("%w: list %q miscounts node %d", codec.ErrDamaged, l.name, k.node)
		}
		sum += count
		*below = node{leaf: below.leaf}
	}
	return sum, nil
}
