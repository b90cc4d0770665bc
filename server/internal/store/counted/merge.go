package counted

import "slices"

// Merge reads several lists as one, newest first: an index is cut into lists by
// all that can be filtered on, and a filter chooses lists. The lists are of one
// transaction, and no entry is in two of them.
type Merge struct {
	Lists       []*List
	From, Until Entry // From ≤ entry < Until
}

// All is the merge of whole lists.
func All(lists ...*List) *Merge { return &Merge{Lists: lists, From: First, Until: Last} }

// Total is the number of entries.
func (m *Merge) Total() (int, error) {
	hi, err := m.before(m.Until)
	if err != nil {
		return 0, err
	}
	lo, err := m.before(m.From)
	return max(hi-lo, 0), err
}

const walkable = 256 // entries that are quicker walked over than searched

// Page is size entries after the offset newest.
func (m *Merge) Page(offset, size int) ([]Entry, error) {
	until, skip := m.Until, offset
	if offset > walkable {
		var err error
		until, skip, err = m.seek(offset)
		if err != nil {
			return nil, err
		}
	}
	return m.Walk(until, skip, size)
}

// Walk gives size entries before until, newest first, leaving out the first
// skip of them. until stands in for Until: a walk goes on where the last ended.
func (m *Merge) Walk(until Entry, skip, size int) ([]Entry, error) {
	heads := make([]*cursor, 0, len(m.Lists))
	for _, l := range m.Lists {
		c := &cursor{l: l}
		if err := c.before(until); err != nil {
			return nil, err
		}
		if c.ok {
			heads = append(heads, c)
		}
	}
	newest := func(a, b *cursor) int { return b.entry.Compare(a.entry) }
	slices.SortFunc(heads, newest)
	var page []Entry
	for len(page) < size && len(heads) > 0 {
		c := heads[0]
		if c.entry.Compare(m.From) < 0 {
			break
		}
		if skip > 0 {
			skip--
		} else {
			page = append(page, c.entry)
		}
		if err := c.prev(); err != nil {
			return nil, err
		}
		if !c.ok {
			heads = heads[1:]
			continue
		}
		// Move the head to its new place; it is mostly near the front.
		for i := 1; i < len(heads) && heads[i].entry.Compare(heads[i-1].entry) > 0; i++ {
			heads[i], heads[i-1] = heads[i-1], heads[i]
		}
	}
	return page, nil
}
