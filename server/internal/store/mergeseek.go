package store

import (
	"math"
	"slices"
	"time"
)

// few is how many entries a seek leaves to be walked over.
const few = 32

// seek finds a place before which the entry number offset (newest first) is
// few entries away. Guesses come from the inner nodes alone, which are few and
// shared by all guesses; only what looks right is counted exactly, which reads
// a leaf of each list.
func (m *merge) seek(offset int) (until spot, skip int, err error) {
	all, err := m.before(m.until)
	if err != nil {
		return until, 0, err
	}
	lo, hi, err := m.reach(all - offset)
	if err != nil {
		return until, 0, err
	}
	until, skip = m.until, offset
	// Sought is a place with target to target+few entries before it. It lies
	// between a and b; every other time from the fourth on that is halved.
	target := all - offset
	aim := float64(target + few/2)
	a, b := spot{at: lo}, spot{at: hi + 1}
	for round := 0; skip > few && a.compare(b) < 0; round++ {
		mid := middle(a, b)
		if b.at-a.at > 2 && (round < 4 || round%2 == 0) {
			at, err := m.guess(a.at, b.at, hi+1, aim)
			if err != nil {
				return until, 0, err
			}
			mid = spot{at: at}
		}
		n, err := m.before(mid)
		if err != nil {
			return until, 0, err
		}
		// The next guess makes good what this one was wrong by.
		aim -= float64(n - target - few/2)
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
func (m *merge) reach(target int) (lo, hi int64, err error) {
	lo, hi = math.MaxInt64, math.MinInt64
	for _, l := range m.lists {
		if l.root == nil || l.root.gone {
			continue
		}
		lo = min(lo, l.root.first().at)
		hi = max(hi, l.root.lastKnown().at)
	}
	below := 0
	for _, l := range m.lists {
		if l.root != nil && !l.root.gone {
			below += l.root.surely(spot{at: hi + 1})
		}
	}
	for _, l := range m.lists {
		if below >= target {
			break
		}
		if l.root == nil || l.root.gone {
			continue
		}
		last, err := l.last()
		if err != nil {
			return 0, 0, err
		}
		hi = max(hi, last.at)
	}
	return max(lo, m.from.at), min(hi, m.until.at), nil
}

// lastKnown is the last entry that a node can name: of an inner node the first
// one of its last child.
func (n *node) lastKnown() spot {
	if n.leaf {
		return n.spots[len(n.spots)-1]
	}
	return n.kids[len(n.kids)-1].first
}

// surely is how many entries a node knows to lie before a place.
func (n *node) surely(s spot) (sum int) {
	if n.leaf {
		i, _ := slices.BinarySearchFunc(n.spots, s, spot.compare)
		return i
	}
	for _, k := range n.kids[:n.childOf(s)] {
		sum += int(k.count)
	}
	return sum
}

// guess is a time between a and b (neither of them) before which about want
// entries lie.
func (m *merge) guess(a, b, end int64, want float64) (int64, error) {
	belowA, err := m.about(spot{at: a}, end)
	if err != nil {
		return 0, err
	}
	belowB, err := m.about(spot{at: b}, end)
	if err != nil {
		return 0, err
	}
	at := a + (b-a)/2
	for round := 0; b-a > 2 && round < 24; round++ {
		at = a + (b-a)/2
		if part := (want - belowA) / (belowB - belowA); round%3 < 2 && belowB > belowA {
			at = a + 1 + int64(float64(b-a-2)*min(max(part, 0), 1))
		}
		n, err := m.about(spot{at: at}, end)
		if err != nil {
			return 0, err
		}
		if math.Abs(n-want) < few/4 {
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

// about estimates the number of entries before a place: no leaf is read, its
// entries are taken to be spread evenly over its time. end is the time after
// the last entry.
func (m *merge) about(s spot, end int64) (float64, error) {
	sum := 0.0
	for _, l := range m.lists {
		n, err := l.about(s, end)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

func (l *list) about(s spot, end int64) (float64, error) {
	n, sum := l.root, uint64(0)
	if n == nil || n.gone {
		return 0, nil
	}
	for !n.leaf {
		i := n.childOf(s)
		for _, k := range n.kids[:i] {
			sum += k.count
		}
		k := n.kids[i]
		if i+1 < len(n.kids) {
			end = n.kids[i+1].first.at
		}
		if k.count <= maxNode {
			part := float64(s.at-k.first.at) / float64(max(end-k.first.at, 1))
			return float64(sum) + float64(k.count)*min(max(part, 0), 1), nil
		}
		var err error
		if n, err = l.node(k.node); err != nil {
			return 0, err
		}
	}
	i, _ := slices.BinarySearchFunc(n.spots, s, spot.compare)
	return float64(sum) + float64(i), nil
}

// before is the number of entries before a place, whatever from says.
func (m *merge) before(s spot) (int, error) {
	sum, asked := 0, false
	for i, l := range m.lists {
		begun := time.Now()
		n, err := l.rank(s)
		if err != nil {
			return 0, err
		}
		sum += n
		if !asked && time.Since(begun) > late {
			asked = true
			if err := fetch(m.lists[i+1:], s); err != nil {
				return 0, err
			}
		}
	}
	return sum, nil
}

// fetch reads what the ranks of a place in several lists need, level by level,
// so that the disk is waited for once a level and not once a list.
func fetch(all []*list, s spot) error {
	at := make(map[*list]*node, len(all))
	for _, l := range all {
		if l.root != nil && !l.root.gone {
			at[l] = l.root
		}
	}
	for {
		var keys [][]byte
		for _, l := range all {
			n := at[l]
			if n == nil || n.leaf {
				delete(at, l)
				continue
			}
			if id := n.kids[n.childOf(s)].node; l.nodes[id] == nil {
				keys = append(keys, l.nodeKey(id))
			}
		}
		if len(at) == 0 {
			return nil
		}
		if len(keys) > 1 {
			// The first is waited for; its path says how deep the others lie.
			b := all[0].of.nodes
			b.Get(keys[0])
			ask(b, keys[0], keys[1:])
		}
		for l, n := range at {
			below, err := l.node(n.kids[n.childOf(s)].node)
			if err != nil {
				return err
			}
			at[l] = below
		}
	}
}
