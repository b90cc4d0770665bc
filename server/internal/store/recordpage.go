package store

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/counted"
)

const (
	mostNamesRead  = 200_000 // file names that a search looks into
	mostNamesFound = 1000    // records that it finds by them
)

// PageRecords implements mango.Records.
func (s *Store) PageRecords(ctx context.Context, by mango.Actor, f mango.RecordFilter, p mango.Page) (mango.RecordPage, error) {
	f, err := s.restrict(by, f)
	if err != nil {
		return mango.RecordPage{}, err
	}
	p = p.Clamp()
	var page mango.RecordPage
	err = s.read(func(tx *bbolt.Tx) error {
		page = mango.RecordPage{}
		entries, total, err := findRecords(tx, f, p.Offset(), p.Size)
		if err != nil {
			return err
		}
		page.Total = total
		page.Records = make([]mango.Record, 0, len(entries))
		left := pageText
		return eachOf(tx, entries, nil, func(r *mango.Record) {
			shorten(r, &left)
			page.Records = append(page.Records, *r)
		})
	})
	return page, err
}

// restrict is the filter that the actor may use: a user sees the own records.
func (s *Store) restrict(by mango.Actor, f mango.RecordFilter) (mango.RecordFilter, error) {
	if err := s.known(&by); err != nil {
		return f, err
	}
	if by.Rules() {
		return f, nil
	}
	if f.User != nil && *f.User != by.User {
		return f, s.rules(&by)
	}
	f.User = &by.User
	return f, nil
}

// findRecords gives one page of places, newest first, and their total.
func findRecords(tx *bbolt.Tx, f mango.RecordFilter, offset, size int) ([]counted.Entry, int, error) {
	ls := counted.New(tx)
	defer ls.Reuse()()
	classes := classFilter(tx, &f)
	if f.Search != "" && classes == nil {
		return searchNames(tx, f, offset, size)
	}
	chosen, err := chooseRecords(ls, f, classes)
	if err != nil {
		return nil, 0, err
	}
	all := between(chosen, f.Since, f.Until)
	parts := []*counted.Merge{all}
	if f.UnknownFirst {
		parts = unknownFirst(all)
	}
	return pageOf(parts, offset, size)
}

// pageOf is one page of several merges, each after the one before it.
func pageOf(parts []*counted.Merge, offset, size int) (entries []counted.Entry, total int, err error) {
	for i := range parts {
		n, err := parts[i].Total()
		if err != nil {
			return nil, 0, err
		}
		if skip := max(offset-total, 0); skip < n && len(entries) < size {
			more, err := parts[i].Page(skip, min(size-len(entries), n-skip))
			if err != nil {
				return nil, 0, err
			}
			entries = append(entries, more...)
		}
		total += n
	}
	return entries, total, nil
}

// unknownFirst cuts a merge of record lists in two: those without a class, and
// the others.
func unknownFirst(m *counted.Merge) []*counted.Merge {
	unknown, known := *m, *m
	unknown.Lists, known.Lists = nil, nil
	for _, l := range m.Lists {
		if knownClass(listClass(l.Name())) {
			known.Lists = append(known.Lists, l)
		} else {
			unknown.Lists = append(unknown.Lists, l)
		}
	}
	return []*counted.Merge{&unknown, &known}
}

// between merges lists from since on and before until; zero times are no bounds.
func between(lists []*counted.List, since, until time.Time) *counted.Merge {
	m := counted.All(lists...)
	if !since.IsZero() {
		m.From = counted.Entry{At: ceilMilli(since.UnixMicro())}
	}
	if !until.IsZero() {
		m.Until = counted.Entry{At: ceilMilli(until.UnixMicro())}
	}
	return m
}

// ceilMilli rounds up: a list knows milliseconds.
func ceilMilli(us int64) int64 {
	ms := us / 1000
	if us%1000 > 0 {
		ms++
	}
	return ms
}

// classFilter is the test that Disease, Contains and Search put on a class; nil
// when Search must look elsewhere.
func classFilter(tx *bbolt.Tx, f *mango.RecordFilter) func(class string) bool {
	contains := searchClass(f.Contains)
	plain := func(class string) bool {
		return (f.Disease == "" || mango.SameClass(class, f.Disease)) && strings.Contains(searchClass(class), contains)
	}
	if f.Search == "" {
		return plain
	}
	search := searchClass(f.Search)
	found := func(class string) bool { return strings.Contains(searchClass(class), search) }
	hit := false
	eachClass(tx, func(class string) { hit = hit || found(class) })
	if !hit {
		return nil
	}
	return func(class string) bool { return plain(class) && found(class) }
}

// eachClass visits the classes that records have, some of them repeatedly.
func eachClass(tx *bbolt.Tx, visit func(string)) {
	c := tx.Bucket(bucketLists).Cursor()
	p := []byte(familyAll)
	for k, _ := c.Seek(p); k != nil && bytes.HasPrefix(k, p); k, _ = c.Next() {
		if len(k) > 2 {
			visit(parseCell(string(k[2:])).class)
		}
	}
}

func chooseRecords(ls *counted.Lists, f mango.RecordFilter, class func(string) bool) ([]*counted.List, error) {
	fits := func(rest string) bool {
		c := parseCell(rest)
		return (f.Kind == "" || c.kind == kindByte(f.Kind)) &&
			(f.Verified == nil || c.verified == *f.Verified) &&
			(f.Ready == nil || c.ready == *f.Ready) &&
			class(c.class)
	}
	if !f.UnknownFirst && f.User == nil && f.Kind == "" && f.Verified == nil && f.Ready == nil && f.Disease == "" && f.Contains == "" && f.Search == "" &&
		(f.Scope == mango.AnyScope || f.Scope == mango.ByEveryone) {
		return ls.Choose(familyEvery, nil)
	}
	if f.User != nil && *f.User != 0 {
		return ls.Choose(userPrefix(*f.User), fits)
	}
	scope := f.Scope
	if f.User != nil {
		scope = mango.Anonymous
	}
	return ls.Choose(familyAll, func(rest string) bool {
		if rest == "" {
			return false
		}
		of := scopeOf(rest[0])
		return (scope == mango.AnyScope || scope == mango.ByEveryone || scope == of) && fits(rest[1:])
	})
}

// searchNames finds records by id or by their file name.
func searchNames(tx *bbolt.Tx, f mango.RecordFilter, offset, size int) ([]counted.Entry, int, error) {
	var ids []uint64
	if id, ok := idInName(f.Search); ok {
		ids = append(ids, id)
	}
	ids = append(ids, named(tx, f.Search)...)
	slices.SortFunc(ids, func(a, b uint64) int { return counted.Entry{ID: b}.Compare(counted.Entry{ID: a}) })
	ids = slices.Compact(ids)
	if len(ids) > mostNamesFound {
		ids = ids[:mostNamesFound]
	}
	class := classFilter(tx, &mango.RecordFilter{Disease: f.Disease, Contains: f.Contains})
	var entries []counted.Entry
	for _, id := range ids {
		r, err := record(tx, id)
		if err != nil {
			return nil, 0, err
		}
		if r != nil && fitsRecord(r, f, class) {
			entries = append(entries, entryOf(r))
		}
	}
	slices.SortFunc(entries, func(a, b counted.Entry) int { return b.Compare(a) })
	total := len(entries)
	entries = entries[min(offset, total):min(offset+size, total)]
	return entries, total, nil
}

// eachOf gives the records at some places, those that are still there. A damaged
// one that unread, unless nil, agrees to is left out.
func eachOf(tx *bbolt.Tx, entries []counted.Entry, unread func(error) bool, do func(*mango.Record)) error {
	for _, at := range entries {
		r, err := record(tx, at.ID)
		if errors.Is(err, ErrDamaged) && unread != nil && unread(err) {
			continue
		}
		if err != nil {
			return err
		}
		if r != nil {
			do(r)
		}
	}
	return nil
}

// idInName reads "41" and "image_41.jpg".
func idInName(text string) (uint64, bool) {
	text = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "image_")
	text, _, _ = strings.Cut(text, ".")
	id, err := strconv.ParseUint(text, 10, 64)
	return id, err == nil
}

func fitsRecord(r *mango.Record, f mango.RecordFilter, class func(string) bool) bool {
	return (f.User == nil || r.User == *f.User) &&
		(f.Kind == "" || r.Kind == f.Kind) &&
		(f.Verified == nil || r.Verified == *f.Verified) &&
		(f.Ready == nil || r.TrainingReady == *f.Ready) &&
		(f.Scope == mango.AnyScope || f.Scope == mango.ByEveryone || f.Scope == scopeOf(scopeByte(r))) &&
		(f.Since.IsZero() || !r.CreatedAt.Before(f.Since)) &&
		(f.Until.IsZero() || r.CreatedAt.Before(f.Until)) &&
		class(filedClass(r))
}

const eachPortion = 200 // records read in one transaction

// EachRecord implements mango.Records.
func (s *Store) EachRecord(ctx context.Context, by mango.Actor, f mango.RecordFilter, do func(*mango.Record) error) error {
	return s.eachRecord(ctx, by, f, nil, do)
}

func (s *Store) eachRecord(ctx context.Context, by mango.Actor, f mango.RecordFilter, unread func(error) bool, do func(*mango.Record) error) error {
	f, err := s.restrict(by, f)
	if err != nil {
		return err
	}
	until := between(nil, f.Since, f.Until).Until
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var portion []*mango.Record
		var entries []counted.Entry
		err := s.read(func(tx *bbolt.Tx) error {
			portion = portion[:0]
			class := classFilter(tx, &f)
			if class == nil {
				class = func(string) bool { return false }
			}
			chosen, err := chooseRecords(counted.New(tx), f, class)
			if err != nil {
				return err
			}
			if entries, err = between(chosen, f.Since, f.Until).Walk(until, 0, eachPortion); err != nil {
				return err
			}
			return eachOf(tx, entries, unread, func(r *mango.Record) { portion = append(portion, r) })
		})
		if err != nil {
			return err
		}
		for _, r := range portion {
			if err := do(r); err != nil {
				return err
			}
		}
		if len(entries) < eachPortion {
			return nil
		}
		until = entries[len(entries)-1]
	}
}

// countPrefix sums the lengths of the lists that keep accepts.
func countPrefix(tx *bbolt.Tx, prefix string, keep func(rest string) bool) (int, error) {
	sum := 0
	err := counted.New(tx).EachLength(prefix, func(rest string, n int) {
		if keep == nil || keep(rest) {
			sum += n
		}
	})
	return sum, err
}
