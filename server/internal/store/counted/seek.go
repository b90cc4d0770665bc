package counted

import (
	"math"
	"slices"
)

// window is how many entries a seek leaves to be walked over.
const window = 32

// seek finds a place before which the entry number offset (newest first) is
// window entries away. Guesses come from the inner nodes alone, which are few and
// shared by all guesses; only what looks right is counted exactly, which reads
// a leaf of each list.
func (m *Merge) seek(offset int) (until Entry, skip int, err error) {
	all, err := m.before(m.Until)
	if err != nil {
		return until, 0, err
	}
	lo, hi, err := m.reach(all - offset)
	if err != nil {
		return until, 0, err
	}
	until, skip = m.Until, offset
	// Sought is a place with target to target+window entries before it. It lies
	// between a and b; every other time from the fourth on that is halved.
	target := all - offset
	aim := float64(target + window/2)
	a, b := Entry{At: lo}, Entry{At: hi + 1}
	for round := 0; skip > window && a.Compare(b) < 0; round++ {
		mid := middle(a, b)
		if b.At-a.At > 2 && (round < 4 || round%2 == 0) {
			at, err := m.guess(a.At, b.At, hi+1, aim)
			if err != nil {
				return until, 0, err
			}
			mid = Entry{At: at}
		}
		n, err := m.before(mid)
		if err != nil {
			return until, 0, err
		}
		// The next guess makes good what this one was wrong by.
		aim -= float64(n - target - window/2)
		if n >= target {
			until, skip, b = mid, n-target, mid
		} else if mid == a {
			break
		} else {
			a = mid
		}
	}
	return until, skip, nil
}

// reach gives times between which the entry with target entries before it lies.
// The roots mostly know; else the last entries are looked at.
func (m *Merge) reach(target int) (lo, hi int64, err error) {
	lo, hi = math.MaxInt64, math.MinInt64
	for _, l := range m.Lists {
		if l.empty() {
			continue
		}
		lo = min(lo, l.root.first().At)
		hi = max(hi, l.root.lastKnown().At)
	}
	below := 0
	for _, l := range m.Lists {
		if !l.empty() {
			below += l.root.knownBefore(Entry{At: hi + 1})
		}
	}
	for _, l := range m.Lists {
		if below >= target {
			break
		}
		if l.empty() {
			continue
		}
		last, err := l.last()
		if err != nil {
			return 0, 0, err
		}
		hi = max(hi, last.At)
	}
	return max(lo, m.From.At), min(hi, m.Until.At), nil
}

// lastKnown is the last entry that a node can name: of an inner node the first
// one of its last child.
func (n *node) lastKnown() Entry {
	if n.leaf {
		return n.entries[len(n.entries)-1]
	}
	return n.kids[len(n.kids)-1].first
}

// knownBefore is how many entries a node knows to lie before a place.
func (n *node) knownBefore(e Entry) (sum int) {
	if n.leaf {
		i, _ := slices.BinarySearchFunc(n.entries, e, Entry.Compare)
		return i
	}
	for _, k := range n.kids[:n.childOf(e)] {
		sum += int(k.count)
	}
	return sum
}

// guess is a time between a and b (neither of them) before which about want
// entries lie.
func (m *Merge) guess(a, b, end int64, want float64) (int64, error) {
	belowA, err := m.estimate(Entry{At: a}, end)
	if err != nil {
		return 0, err
	}
	belowB, err := m.estimate(Entry{At: b}, end)
	if err != nil {
		return 0, err
	}
	at := a + (b-a)/2
	for round := 0; b-a > 2 && round < 24; round++ {
		at = a + (b-a)/2
		if part := (want - belowA) / (belowB - belowA); round%3 < 2 && belowB > belowA {
			at = a + 1 + int64(float64(b-a-2)*min(max(part, 0), 1))
		}
		n, err := m.estimate(Entry{At: at}, end)
		if err != nil {
			return 0, err
		}
		if math.Abs(n-want) < window/4 {
			break
		}
		if n < want {
			a, belowA = at, n
		} else {
			b, belowB = at, n
		}
	}
	return at, nil
}

// estimate guesses the number of entries before a place: no leaf is read, its
// entries are taken to be spread evenly over its time. end is the time after
// the last entry.
func (m *Merge) estimate(e Entry, end int64) (float64, error) {
	sum := 0.0
	for _, l := range m.Lists {
		n, err := l.estimate(e, end)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

func (l *List) estimate(e Entry, end int64) (float64, error) {
	n, sum := l.root, uint64(0)
	if l.empty() {
		return 0, nil
	}
	for !n.leaf {
		i := n.childOf(e)
		for _, k := range n.kids[:i] {
			sum += k.count
		}
		k := n.kids[i]
		if i+1 < len(n.kids) {
			end = n.kids[i+1].first.At
		}
		if k.count <= maxNode {
			part := float64(e.At-k.first.At) / float64(max(end-k.first.At, 1))
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

// middle halves the time between two places, and the ids where all happened
// in one millisecond.
func middle(a, b Entry) Entry {
	if b.At-a.At > 1 {
		return Entry{At: a.At + (b.At-a.At)/2}
	}
	if b.At > a.At { // ids of a's millisecond
		return Entry{At: a.At, ID: a.ID + (math.MaxUint64-a.ID)/2}
	}
	return Entry{At: a.At, ID: a.ID + (b.ID-a.ID)/2}
}

// seek goes offset entries back from a place, by the counts alone.
func (l *List) seek(until Entry, offset int) (Entry, int, error) {
	n, err := l.Rank(until)
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
	if at >= uint64(len(node.entries)) {
		return until, offset, nil
	}
	return node.entries[at], 0, nil
}

func (l *List) last() (Entry, error) {
	n := l.root
	for !n.leaf {
		var err error
		if n, err = l.node(n.kids[len(n.kids)-1].node); err != nil {
			return Entry{}, err
		}
	}
	return n.entries[len(n.entries)-1], nil
}
