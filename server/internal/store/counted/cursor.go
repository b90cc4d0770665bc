package counted

import "slices"

// cursor walks one list from new to old.
type cursor struct {
	l     *List
	leaf  []Entry
	i     int
	entry Entry
	ok    bool
}

// before goes to the last entry before e.
func (c *cursor) before(e Entry) error {
	c.ok = false
	n := c.l.root
	if c.l.empty() {
		return nil
	}
	return c.descend(n, e)
}

func (c *cursor) descend(n *node, e Entry) error {
	if n.leaf {
		i, _ := slices.BinarySearchFunc(n.entries, e, Entry.Compare)
		if i > 0 {
			c.leaf, c.i, c.entry, c.ok = n.entries, i-1, n.entries[i-1], true
		}
		return nil
	}
	// The child where e belongs may hold nothing before it; then the one
	// before does.
	for i := n.childOf(e); i >= 0 && !c.ok; i-- {
		below, err := c.l.node(n.kids[i].node)
		if err != nil {
			return err
		}
		if err := c.descend(below, e); err != nil {
			return err
		}
	}
	return nil
}

func (c *cursor) prev() error {
	if c.i > 0 {
		c.i--
		c.entry = c.leaf[c.i]
		return nil
	}
	return c.before(c.entry)
}
