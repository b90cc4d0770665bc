package repair

import (
	"bytes"
	"fmt"

	"mangosense/server/internal/store/codec"
)

// Source says what to read of a damaged file.
type Source struct {
	Buckets  []string        // all that the file has
	Kept     []string        // those whose rows are read; the others follow from them
	Optional map[string]bool // those that may be missing
	// Sound checks a row; a bucket without a check takes every row.
	Sound map[string]func(key, value []byte) error
	// Row is called with each whole row, Last with the highest id that the file
	// says a bucket gave. What they are given is valid until they return.
	Row  func(bucket string, key, value []byte) error
	Last func(bucket string, id uint64)
}

// Loss is what could not be read.
type Loss struct {
	Pages  int               // that could not be read
	Values int               // that do not match their checksums
	Loose  int               // rows that were found in unused pages
	Faults []string          // the first of them
	Spans  map[string][]Span // the keys that are missing, by bucket
}

// Span is a range of keys: From ≤ key, and key < To unless To is nil.
type Span struct{ From, To []byte }

// Holds reports whether a key lies in the range.
func (s Span) Holds(key []byte) bool {
	return bytes.Compare(key, s.From) >= 0 && (s.To == nil || bytes.Compare(key, s.To) < 0)
}

const mostFaults = 20 // that are named

// rows is one reading of a file.
type rows struct {
	Source
	p     *File
	loss  *Loss
	depth int
}

// Rows walks the trees of the file and gives every row that is whole. Where a
// page cannot be read it notes which keys are missing, and looks for them in
// pages that nothing leads to: bbolt never overwrites a page in place, so the
// leaves below a damaged branch, or an older copy of a leaf, are there still.
func (p *File) Rows(src Source) (Loss, error) {
	r := &rows{Source: src, p: p, loss: &Loss{Spans: map[string][]Span{}}}
	err := r.run()
	return *r.loss, err
}

func (s *rows) fault(err error) {
	if s.loss.Pages++; len(s.loss.Faults) < mostFaults {
		s.loss.Faults = append(s.loss.Faults, err.Error())
	}
}

func (s *rows) lose(bucket string, r Span) { s.loss.Spans[bucket] = append(s.loss.Spans[bucket], r) }

// run reads everything. With no readable root, every bucket is missing as a whole
// and only loose pages are left.
func (s *rows) run() error {
	if s.p.Pages < 4 {
		s.fault(fmt.Errorf("the file has only %d pages", s.p.Pages))
		for _, name := range s.Kept {
			s.lose(name, Span{})
		}
		return nil
	}
	s.p.seen[0], s.p.seen[1] = true, true
	found, stale, free := s.roots()
	for _, name := range s.Kept {
		entry, ok := found[name]
		if !ok && s.Optional[name] {
			continue
		}
		if !ok || !entry.whole() {
			s.fault(fmt.Errorf("bucket %s cannot be found", name))
			s.lose(name, Span{})
			continue
		}
		s.Last(name, entry.Sequence())
		if err := s.bucket(name, entry); err != nil {
			return err
		}
		if stale[name] {
			s.lose(name, Span{}) // newer versions may lie in loose pages
		}
	}
	if len(s.loss.Spans) == 0 {
		return nil
	}
	return s.loose(free)
}

// roots finds the buckets. Those that the newest state does not lead to any more
// are looked for in the one before, and are stale.
func (s *rows) roots() (found map[string]Pair, stale map[string]bool, free map[uint64]bool) {
	found, stale = map[string]Pair{}, map[string]bool{}
	known := false
	for i, m := range s.p.Metas() {
		if !known {
			free, known = s.p.Free(m)
		}
		if len(found) == len(s.Buckets) {
			break // the older state would only give older roots
		}
		for _, e := range s.root(m.Root, map[uint64]bool{}) {
			if _, newer := found[string(e.Key)]; !newer {
				found[string(e.Key)] = e
				stale[string(e.Key)] = i > 0
			}
		}
	}
	return found, stale, free
}

// root gives the buckets that a root page leads to, visiting no page twice.
func (s *rows) root(id uint64, visited map[uint64]bool) (buckets []Pair) {
	if visited[id] {
		s.fault(fmt.Errorf("page %d is used twice", id))
		return nil
	}
	visited[id] = true
	pg, err := s.p.Read(id)
	if err != nil {
		s.fault(err)
		return nil
	}
	switch pg.Kind {
	case Branch:
		kids, err := pg.Children()
		if err != nil {
			s.fault(err)
		}
		for _, k := range kids {
			buckets = append(buckets, s.root(k.ID, visited)...)
		}
	case Leaf:
		pairs, err := pg.Pairs()
		if err != nil {
			s.fault(err)
		}
		for _, e := range pairs {
			if e.Bucket {
				buckets = append(buckets, e)
			}
		}
	default:
		s.fault(fmt.Errorf("page %d is no part of a tree", id))
	}
	return buckets
}

func (s *rows) bucket(name string, e Pair) error {
	if root := e.Root(); root != 0 {
		return s.tree(name, root, Span{})
	}
	return s.leaf(name, e.Inline(), Span{})
}

func (s *rows) tree(name string, id uint64, within Span) error {
	if s.depth++; s.depth > deepestPage {
		s.depth--
		s.fault(fmt.Errorf("page %d lies too deep", id))
		s.lose(name, within)
		return nil
	}
	defer func() { s.depth-- }()
	if id < s.p.Pages && s.p.seen[id] {
		s.fault(fmt.Errorf("page %d is used twice", id))
		s.lose(name, within)
		return nil
	}
	pg, err := s.p.Read(id)
	if err != nil {
		s.fault(err)
		s.lose(name, within)
		return nil
	}
	switch pg.Kind {
	case Leaf:
		return s.leaf(name, pg, within)
	case Branch:
		kids, err := pg.Children()
		if err != nil || len(kids) == 0 {
			s.fault(fmt.Errorf("page %d has damaged elements: %w", id, err))
			s.lose(name, within)
			return nil
		}
		for i, k := range kids {
			r := Span{From: bytes.Clone(k.Key), To: within.To}
			if i == 0 {
				r.From = within.From
			}
			if i+1 < len(kids) {
				r.To = bytes.Clone(kids[i+1].Key)
			}
			if err := s.tree(name, k.ID, r); err != nil {
				return err
			}
		}
		return nil
	}
	s.fault(fmt.Errorf("page %d is no part of a tree", id))
	s.lose(name, within)
	return nil
}

func (s *rows) leaf(name string, pg *Page, within Span) error {
	pairs, err := pg.Pairs()
	if err != nil {
		s.fault(err)
		s.lose(name, within)
	}
	for _, e := range pairs {
		if check := s.Sound[name]; check != nil && check(e.Key, e.Value) != nil {
			s.loss.Values++
			s.lose(name, Span{From: bytes.Clone(e.Key), To: append(bytes.Clone(e.Key), 0)})
			continue
		}
		if err := s.Row(name, e.Key, e.Value); err != nil {
			return err
		}
	}
	return nil
}

// loose looks for lost rows in pages that the tree did not lead to. The seal
// covers the key, and its type says which bucket a row is from. Pages that are
// known to be free are left out: they hold what was deleted.
func (s *rows) loose(free map[uint64]bool) error {
	for id := uint64(2); id < s.p.Pages; id++ {
		if s.p.seen[id] || free[id] {
			continue
		}
		pg, err := s.p.Read(id)
		if err != nil || pg.Kind != Leaf {
			continue
		}
		pairs, _ := pg.Pairs()
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
func (s *rows) looseRows(e Pair) error {
	if e.Bucket {
		if !e.whole() || e.Root() != 0 {
			return nil
		}
		inside, _ := e.Inline().Pairs()
		for _, row := range inside {
			if row.Bucket {
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
	for _, r := range s.loss.Spans[name] {
		if r.Holds(e.Key) {
			s.loss.Loose++
			return s.Row(name, e.Key, e.Value)
		}
	}
	return nil
}

func (s *rows) bucketOf(e Pair) string {
	if e.Bucket || len(e.Value) == 0 {
		return ""
	}
	name := codec.Type(e.Value[0]).Bucket()
	check := s.Sound[name]
	if len(s.loss.Spans[name]) == 0 || check == nil || check(e.Key, e.Value) != nil {
		return ""
	}
	return name
}
