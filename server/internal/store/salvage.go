package store

import (
	"bytes"
	"fmt"
	"maps"

	"mangosense/server/internal/store/codec"
)

// A salvage walks the tree of a damaged file and gives every row that is whole.
// Where a page cannot be read it notes which keys are lost, and looks for them
// in pages that nothing refers to any more: bbolt never overwrites a page in
// place, so an older copy is often still there.
type salvage struct {
	p      *pages
	row    func(bucket string, key, value []byte) error // a whole row
	last   func(bucket string, id uint64)               // the highest id that was given
	lost   map[string][]span
	report *Report
	depth  int
}

// span is a range of lost keys: from ≤ key, and key < to unless to is nil.
type span struct{ from, to []byte }

func (s span) holds(key []byte) bool {
	return bytes.Compare(key, s.from) >= 0 && (s.to == nil || bytes.Compare(key, s.to) < 0)
}

// kept are the buckets whose rows are taken over; everything else is made from
// them again.
var kept = []string{
	string(bucketUsers), string(bucketRecords), string(bucketConfirmations), string(bucketNotifications), string(bucketSessions),
	string(bucketSymptoms), string(bucketAliases), string(bucketDiseases), string(bucketLinks), string(bucketSettings), string(bucketReplies), string(bucketMeta),
}

func (s *salvage) fault(err error) {
	if s.report.LostPages++; len(s.report.Faults) < 20 {
		s.report.Faults = append(s.report.Faults, err.Error())
	}
}

func (s *salvage) lose(bucket string, r span) { s.lost[bucket] = append(s.lost[bucket], r) }

// run walks everything. With no readable root, every kept bucket is lost as a
// whole and only loose pages are left.
func (s *salvage) run() error {
	metas := s.p.metas()
	s.p.seen[0], s.p.seen[1] = true, true
	var free map[uint64]bool
	known := false
	found := map[string]pair{}
	stale := map[string]bool{} // the newest root does not lead there any more
	for i, m := range metas {
		if !known {
			free, known = s.p.free(m)
		}
		if len(found) < len(buckets) {
			before := maps.Clone(found)
			s.root(m.root, found)
			for name := range found {
				if _, known := before[name]; i > 0 && !known {
					stale[name] = true
				}
			}
		}
		if len(found) == len(buckets) {
			break // the older meta would only give older roots
		}
	}
	for _, name := range kept {
		entry, ok := found[name]
		if !ok && later[name] {
			continue // not even a small one was there
		}
		if !ok || len(entry.value) < 16 {
			s.fault(fmt.Errorf("bucket %s cannot be found", name))
			s.lose(name, span{})
			continue
		}
		s.last(name, id64le(entry.value[8:]))
		if err := s.bucket(name, entry.value); err != nil {
			return err
		}
		if stale[name] {
			s.lose(name, span{}) // newer versions may lie in loose pages
		}
	}
	if len(s.lost) == 0 {
		return nil
	}
	// The pages of the buckets that are made again are no loose pages; walking
	// them marks them as seen. Faults there cost nothing.
	return s.loose(free)
}

// root collects the buckets that a root page leads to.
func (s *salvage) root(id uint64, found map[string]pair) {
	pg, err := s.p.read(id)
	if err != nil {
		s.fault(err)
		return
	}
	if s.depth++; s.depth > 20 {
		return
	}
	defer func() { s.depth-- }()
	switch pg.kind {
	case branchPage:
		kids, err := pg.kids()
		if err != nil {
			s.fault(err)
		}
		for _, k := range kids {
			s.root(k.id, found)
		}
	case leafPage:
		pairs, err := pg.pairs()
		if err != nil {
			s.fault(err)
		}
		for _, e := range pairs {
			if _, ok := found[string(e.key)]; !ok && e.bucket {
				found[string(e.key)] = e
			}
		}
	default:
		s.fault(fmt.Errorf("page %d is no part of a tree", id))
	}
}

func (s *salvage) bucket(name string, header []byte) error {
	if root := id64le(header); root != 0 {
		return s.tree(name, root, span{})
	}
	return s.leaf(name, inline(header), span{})
}

func id64le(b []byte) uint64 {
	var v uint64
	for i := 7; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return v
}

func (s *salvage) tree(name string, id uint64, within span) error {
	if s.depth++; s.depth > 30 {
		s.depth--
		s.fault(fmt.Errorf("page %d lies too deep", id))
		s.lose(name, within)
		return nil
	}
	defer func() { s.depth-- }()
	if id < s.p.n && s.p.seen[id] {
		s.fault(fmt.Errorf("page %d is used twice", id))
		s.lose(name, within)
		return nil
	}
	pg, err := s.p.read(id)
	if err != nil {
		s.fault(err)
		s.lose(name, within)
		return nil
	}
	switch pg.kind {
	case leafPage:
		return s.leaf(name, pg, within)
	case branchPage:
		kids, err := pg.kids()
		if err != nil || len(kids) == 0 {
			s.fault(fmt.Errorf("page %d has damaged elements: %w", id, err))
			s.lose(name, within)
			return nil
		}
		for i, k := range kids {
			r := span{from: bytes.Clone(k.key), to: within.to}
			if i == 0 {
				r.from = within.from
			}
			if i+1 < len(kids) {
				r.to = bytes.Clone(kids[i+1].key)
			}
			if err := s.tree(name, k.id, r); err != nil {
				return err
			}
		}
		return nil
	}
	s.fault(fmt.Errorf("page %d is no part of a tree", id))
	s.lose(name, within)
	return nil
}

func (s *salvage) leaf(name string, pg *page, within span) error {
	pairs, err := pg.pairs()
	if err != nil {
		s.fault(err)
		s.lose(name, within)
	}
	for _, e := range pairs {
		if check := sealed[name]; check != nil && check(e.key, e.value) != nil {
			s.report.LostValues++
			s.lose(name, span{from: bytes.Clone(e.key), to: append(bytes.Clone(e.key), 0)})
			continue
		}
		if err := s.row(name, e.key, e.value); err != nil {
			return err
		}
	}
	return nil
}

// loose looks for lost rows in pages that the tree did not lead to. The seal
// covers the key, and its type says which bucket a row is from. Pages that are
// known to be free are left out: they hold what was deleted.
func (s *salvage) loose(free map[uint64]bool) error {
	for id := uint64(2); id < s.p.n; id++ {
		if s.p.seen[id] || free[id] {
			continue
		}
		pg, err := s.p.read(id)
		if err != nil || pg.kind != leafPage {
			continue
		}
		pairs, _ := pg.pairs()
		for _, e := range pairs {
			if err := s.looseRows(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// looseRows takes a row that is wanted or, of a bucket so small that it lies
// inside its parent's page, the rows in it.
func (s *salvage) looseRows(e pair) error {
	if e.bucket {
		if len(e.value) < 16 || id64le(e.value) != 0 {
			return nil
		}
		inside, _ := inline(e.value).pairs()
		for _, row := range inside {
			if row.bucket {
				continue // ours do not nest
			}
			if err := s.looseRows(row); err != nil {
				return err
			}
		}
		return nil
	}
	name := s.bucketOf(e)
	if name == "" {
		return nil
	}
	for _, r := range s.lost[name] {
		if r.holds(e.key) {
			s.report.Loose++
			return s.row(name, e.key, e.value)
		}
	}
	return nil
}

func (s *salvage) bucketOf(e pair) string {
	if e.bucket || len(e.value) == 0 {
		return ""
	}
	name := codec.Type(e.value[0]).Bucket()
	check := sealed[name]
	if len(s.lost[name]) == 0 || check == nil || check(e.key, e.value) != nil {
		return ""
	}
	return name
}
