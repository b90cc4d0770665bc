package counted

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"mangosense/server/internal/store/codec"
)

// window is how many entries a seek leaves to be walked over.
const window = 32

// seek finds a place with at most window entries between it and the entry number
// offset (newest first). Guesses read inner nodes only, which are few and shared
// by all guesses. A guess is then counted, which reads a leaf of each list, and
// the next guess knows what is in those: mostly they are the page's.
func (m *Merge) seek(offset int) (until Entry, skip int, err error) {
	until, skip = m.Until, offset
	all, err := m.before(until)
	if err != nil {
		return until, skip, err
	}
	target := all - offset // entries before the place that is sought
	if target <= 0 {
		return First, 0, nil
	}
	if len(m.Lists) == 1 {
		until, err = m.Lists[0].number(uint64(target))
		return until, 0, err
	}
	from, end := m.known()
	for skip > window {
		at, err := m.guess(from, until, end, float64(target+window/2))
		if err != nil || at == from {
			return until, skip, err
		}
		n, err := m.before(at)
		if err != nil {
			return until, skip, err
		}
		if n < target {
			from = at
		} else {
			until, skip = at, n-target
		}
	}
	return until, skip, nil
}

// before is the number of entries before a place, whatever From says.
func (m *Merge) before(e Entry) (int, error) {
	sum := 0
	for _, l := range m.Lists {
		n, err := l.Rank(e)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// number is the entry that at others come before, by the counts alone.
func (l *List) number(at uint64) (Entry, error) {
	n := l.root
	for !n.leaf {
		i := 0
		for ; i+1 < len(n.kids) && at >= n.kids[i].count; i++ {
			at -= n.kids[i].count
		}
		var err error
		if n, err = l.node(n.kids[i].node); err != nil {
			return Entry{}, err
		}
	}
	if at >= uint64(len(n.entries)) {
		return Entry{}, fmt.Errorf("%w: list %q miscounts a node", codec.ErrDamaged, l.name)
	}
	return n.entries[at], nil
}

// known is where the lists begin, and the newest time that their roots name.
func (m *Merge) known() (from Entry, end int64) {
	from, end = Last, math.MinInt64
	for _, l := range m.Lists {
		if l.empty() {
			continue
		}
		if first := l.root.first(); first.Compare(from) < 0 {
			from = first
		}
		end = max(end, l.root.lastKnown().At)
	}
	return from, end
}

// lastKnown is the last entry that a node names: of an inner node the first one
// of its last child.
func (n *node) lastKnown() Entry {
	if n.leaf {
		return n.entries[len(n.entries)-1]
	}
	return n.kids[len(n.kids)-1].first
}

// guess is a place between two others before which about want entries lie; the
// first of the two where there is none between them.
func (m *Merge) guess(from, until Entry, end int64, want float64) (Entry, error) {
	at := from
	for {
		mid := middle(from, until)
		if mid == from {
			return at, nil
		}
		at = mid
		n := 0.0
		for _, l := range m.Lists {
			of, err := l.estimate(at, end)
			if err != nil {
				return at, err
			}
			n += of
		}
		switch {
		case math.Abs(n-want) < window/4:
			return at, nil
		case n < want:
			from = at
		default:
			until = at
		}
	}
}

// middle halves what lies between two places, as numbers of 128 bits.
func middle(a, b Entry) Entry {
	id, borrow := bits.Sub64(b.ID, a.ID, 0)
	at, _ := bits.Sub64(uint64(b.At), uint64(a.At), borrow)
	id, carry := bits.Add64(a.ID, id>>1|at<<63, 0)
	at, _ = bits.Add64(uint64(a.At), at>>1, carry)
	return Entry{At: int64(at), ID: id}
}

// estimate guesses the number of entries before a place. It reads no leaf: the
// entries of one that was not read before are taken to be spread evenly over its
// time, those of a list's last leaf over the time until end.
func (l *List) estimate(e Entry, end int64) (float64, error) {
	if l.empty() {
		return 0, nil
	}
	n, sum := l.root, uint64(0)
	for !n.leaf {
		i := n.childOf(e)
		for _, k := range n.kids[:i] {
			sum += k.count
		}
		k := n.kids[i]
		if i+1 < len(n.kids) {
			end = n.kids[i+1].first.At
		}
		if k.count <= maxNode && l.nodes[k.node] == nil {
			part := (float64(e.At) - float64(k.first.At)) / float64(max(end-k.first.At, 1))
			return float64(sum) + float64(k.count)*min(max(part, 0), 1), nil
		}
		var err error
		if n, err = l.node(k.node); err != nil {
			return 0, err
		}
	}
	i, _ := slices.BinarySearchFunc(n.entries, e, Entry.Compare)
	return float64(sum) + float64(i), nil
}
