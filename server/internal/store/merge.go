package store

import (
	"bytes"
	"math"
	"slices"
	"time"
)

// A merge reads several lists as one, newest first: an index is cut into lists
// by all that can be filtered on, and a filter chooses lists.
type merge struct {
	lists       []*list
	from, until spot // from ≤ entry < until
}

var (
	firstSpot = spot{at: math.MinInt64}
	lastSpot  = spot{at: math.MaxInt64, id: math.MaxUint64}
)

// choose opens the lists whose names begin with prefix and that keep accepts;
// keep is given the rest of the name.
func (ls *lists) choose(prefix string, keep func(rest string) bool) ([]*list, error) {
	var found []*list
	c := ls.roots.Cursor()
	p := []byte(prefix)
	for k, _ := c.Seek(p); k != nil && bytes.HasPrefix(k, p); k, _ = c.Next() {
		if keep != nil && !keep(string(k[len(p):])) {
			continue
		}
		l, err := ls.get(string(k))
		if err != nil {
			return nil, err
		}
		found = append(found, l)
	}
	return found, nil
}

// total is the number of entries.
func (m *merge) total() (int, error) {
	sum := 0
	for _, l := range m.lists {
		if m.from == firstSpot && m.until == lastSpot {
			sum += l.count()
			continue
		}
		hi, err := l.rank(m.until)
		if err != nil {
			return 0, err
		}
		lo, err := l.rank(m.from)
		if err != nil {
			return 0, err
		}
		sum += max(hi-lo, 0)
	}
	return sum, nil
}

const walkable = 256 // entries that are quicker walked over than searched

// page is size entries after the offset newest.
func (m *merge) page(offset, size int) ([]spot, error) {
	until, skip := m.until, offset
	if offset > walkable {
		var err error
		if len(m.lists) == 1 {
			until, skip, err = m.lists[0].seek(m.until, offset)
		} else {
			until, skip, err = m.seek(offset)
		}
		if err != nil {
			return nil, err
		}
	}
	return m.walk(until, skip, size)
}

// seek goes offset entries back from a place, by the counts alone.
func (l *list) seek(until spot, offset int) (spot, int, error) {
	n, err := l.rank(until)
	if err != nil || offset >= n {
		return until, offset, err
	}
	at := uint64(n - offset) // entries before the place that is sought
	node := l.root
	for !node.leaf {
		i := 0
		for i+1 < len(node.kids) && at >= node.kids[i].count {
			at -= node.kids[i].count
			i++
		}
		if node, err = l.node(node.kids[i].node); err != nil {
			return until, offset, err
		}
	}
	if at >= uint64(len(node.spots)) {
		return until, offset, nil
	}
	return node.spots[at], 0, nil
}

// middle halves the time between two places, and the ids where all happened
// in one millisecond.
func middle(a, b spot) spot {
	if b.at-a.at > 1 {
		return spot{at: a.at + (b.at-a.at)/2}
	}
	if b.at > a.at { // ids of a's millisecond
		return spot{at: a.at, id: a.id + (math.MaxUint64-a.id)/2}
	}
	return spot{at: a.at, id: a.id + (b.id-a.id)/2}
}

// walk gives size entries before until, newest first, leaving out skip.
func (m *merge) walk(until spot, skip, size int) ([]spot, error) {
	heads := make([]*cursor, 0, len(m.lists))
	asked := false
	for i, l := range m.lists {
		begun := time.Now()
		c := &cursor{l: l}
		if err := c.before(until); err != nil {
			return nil, err
		}
		if c.ok {
			heads = append(heads, c)
		}
		if !asked && time.Since(begun) > late {
			asked = true
			if err := fetch(m.lists[i+1:], until); err != nil {
				return nil, err
			}
		}
	}
	newest := func(a, b *cursor) int { return b.at.compare(a.at) }
	slices.SortFunc(heads, newest)
	var page []spot
	for len(page) < size && len(heads) > 0 {
		c := heads[0]
		if c.at.compare(m.from) < 0 {
			break
		}
		if skip > 0 {
			skip--
		} else {
			page = append(page, c.at)
		}
		if err := c.prev(); err != nil {
			return nil, err
		}
		if !c.ok {
			heads = heads[1:]
			continue
		}
		// Move the head to its new place; it is mostly near the front.
		for i := 1; i < len(heads) && heads[i].at.compare(heads[i-1].at) > 0; i++ {
			heads[i], heads[i-1] = heads[i-1], heads[i]
		}
	}
	return page, nil
}

func (l *list) last() (spot, error) {
	n := l.root
	for !n.leaf {
		var err error
		if n, err = l.node(n.kids[len(n.kids)-1].node); err != nil {
			return spot{}, err
		}
	}
	return n.spots[len(n.spots)-1], nil
}

// cursor walks one list from new to old.
type cursor struct {
	l    *list
	leaf []spot
	i    int
	at   spot
	ok   bool
}

// before goes to the last entry before s.
func (c *cursor) before(s spot) error {
	c.ok = false
	n := c.l.root
	if n == nil || n.gone {
		return nil
	}
	return c.descend(n, s)
}

func (c *cursor) descend(n *node, s spot) error {
	if n.leaf {
		i, _ := slices.BinarySearchFunc(n.spots, s, spot.compare)
		if i > 0 {
			c.leaf, c.i, c.at, c.ok = n.spots, i-1, n.spots[i-1], true
		}
		return nil
	}
	// The child where s belongs may hold nothing before it; then the one
	// before does.
	for i := n.childOf(s); i >= 0 && !c.ok; i-- {
		below, err := c.l.node(n.kids[i].node)
		if err != nil {
			return err
		}
		if err := c.descend(below, s); err != nil {
			return err
		}
	}
	return nil
}

func (c *cursor) prev() error {
	if c.i > 0 {
		c.i--
		c.at = c.leaf[c.i]
		return nil
	}
	return c.before(c.at)
}
