package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/counted"
)

// mayConfirmations is the filter that the actor may use.
func (s *Store) mayConfirmations(by mango.Actor, f mango.ConfirmationFilter) error {
	if f.User != nil && by.User == *f.User && by.User != 0 {
		return s.known(&by)
	}
	return s.rules(&by)
}

func confirmationMerge(tx *bbolt.Tx, f mango.ConfirmationFilter) (*counted.Merge, error) {
	prefix := familyConfirmed
	if f.User != nil {
		prefix = confirmerPrefix(*f.User)
	}
	chosen, err := counted.New(tx).Choose(prefix, func(rest string) bool {
		return rest != "" && (f.Correct == nil || rest[0] == codec.Tristate(f.Correct)) &&
			(f.Disease == "" || mango.SameClass(rest[1:], f.Disease))
	})
	return between(chosen, f.Since, f.Until), err
}

// fitsConfirmation is the filter for the one confirmation of a record.
func fitsConfirmation(c *mango.Confirmation, f mango.ConfirmationFilter) bool {
	return (f.User == nil || c.User == *f.User) &&
		(f.Correct == nil || codec.Tristate(c.Correct) == codec.Tristate(f.Correct)) &&
		(f.Disease == "" || mango.SameClass(f.Disease, c.Predicted)) &&
		(f.Since.IsZero() || !c.At.Before(f.Since)) && (f.Until.IsZero() || c.At.Before(f.Until))
}

// PageConfirmations implements mango.Confirmations.
func (s *Store) PageConfirmations(ctx context.Context, by mango.Actor, f mango.ConfirmationFilter, p mango.Page) (mango.ConfirmationPage, error) {
	if err := s.mayConfirmations(by, f); err != nil {
		return mango.ConfirmationPage{}, err
	}
	p = p.Clamp()
	var page mango.ConfirmationPage
	err := s.read(func(tx *bbolt.Tx) error {
		page = mango.ConfirmationPage{}
		if f.Record != 0 {
			return pageOfRecord(tx, f, p, &page)
		}
		m, err := confirmationMerge(tx, f)
		if err != nil {
			return err
		}
		if page.Total, err = m.Total(); err != nil {
			return err
		}
		for _, l := range m.Lists {
			n, err := (&counted.Merge{Lists: []*counted.List{l}, From: m.From, Until: m.Until}).Total()
			if err != nil {
				return err
			}
			countCorrect(&page, correctOf(l.Name()), n)
		}
		entries, err := m.Page(p.Offset(), p.Size)
		if err != nil {
			return err
		}
		left := pageText
		for _, at := range entries {
			c, err := confirmation(tx, at.ID)
			if err != nil {
				return err
			}
			if c != nil {
				if left -= len(c.Feedback); left < 0 {
					c.Feedback = ""
				}
				page.Confirmations = append(page.Confirmations, *c)
			}
		}
		return nil
	})
	return page, err
}

func pageOfRecord(tx *bbolt.Tx, f mango.ConfirmationFilter, p mango.Page, page *mango.ConfirmationPage) error {
	id := codec.ID(tx.Bucket(bucketConfirmed).Get(codec.Key(f.Record)))
	c, err := confirmation(tx, id)
	if err != nil || c == nil || !fitsConfirmation(c, f) {
		return err
	}
	page.Total = 1
	countCorrect(page, codec.Tristate(c.Correct), 1)
	if p.Offset() == 0 {
		page.Confirmations = []mango.Confirmation{*c}
	}
	return nil
}

func countCorrect(page *mango.ConfirmationPage, correct byte, n int) {
	switch correct {
	case 2:
		page.Confirmed += n
	case 1:
		page.Rejected += n
	}
}

// correctOf reads the mark in a list's name of either family.
func correctOf(name string) byte {
	at := 1
	if strings.HasPrefix(name, familyConfirmer) {
		at = 9
	}
	if len(name) <= at {
		return 0
	}
	return name[at]
}

// EachConfirmation implements mango.Confirmations.
func (s *Store) EachConfirmation(ctx context.Context, by mango.Actor, f mango.ConfirmationFilter, do func(*mango.Confirmation) error) error {
	if err := s.mayConfirmations(by, f); err != nil {
		return err
	}
	until, first := counted.Last, true
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var portion []*mango.Confirmation
		var entries []counted.Entry
		err := s.read(func(tx *bbolt.Tx) error {
			portion = portion[:0]
			m, err := confirmationMerge(tx, f)
			if err != nil {
				return err
			}
			if first {
				until = m.Until
			}
			if entries, err = m.Walk(until, 0, eachPortion); err != nil {
				return err
			}
			for _, at := range entries {
				c, err := confirmation(tx, at.ID)
				if err != nil {
					return err
				}
				if c != nil && (f.Record == 0 || c.Record == f.Record) {
					portion = append(portion, c)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, c := range portion {
			if err := do(c); err != nil {
				return err
			}
		}
		if len(entries) < eachPortion {
			return nil
		}
		until, first = entries[len(entries)-1], false
	}
}

// ConfirmationStatistics implements mango.Confirmations.
func (s *Store) ConfirmationStatistics(ctx context.Context, by mango.Actor) (mango.ConfirmationStatistics, error) {
	var out mango.ConfirmationStatistics
	if err := s.rules(&by); err != nil {
		return out, err
	}
	err := s.read(func(tx *bbolt.Tx) error {
		t, err := readTotals(tx)
		if err != nil {
			return err
		}
		out = mango.ConfirmationStatistics{Users: int(t.Confirmers), Anonymous: int(t.Nameless),
			WithLocation: int(t.Located), Consented: int(t.Consented)}
		diseases := map[string]*mango.ConfirmationCount{}
		if err := counted.New(tx).EachLength(familyConfirmed, func(rest string, n int) {
			if rest == "" {
				return
			}
			name := mango.Canonical(rest[1:])
			d := diseases[name]
			if d == nil {
				d = &mango.ConfirmationCount{Disease: name}
				diseases[name] = d
			}
			d.Total += n
			out.Total += n
			switch rest[0] {
			case 2:
				d.Confirmed += n
				out.Confirmed += n
			case 1:
				d.Rejected += n
				out.Rejected += n
			}
		}); err != nil {
			return err
		}
		for _, d := range diseases {
			out.Diseases = append(out.Diseases, *d)
		}
		slices.SortFunc(out.Diseases, func(a, b mango.ConfirmationCount) int {
			return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Disease, b.Disease))
		})
		return nil
	})
	return out, err
}
