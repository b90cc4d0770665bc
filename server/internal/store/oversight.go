package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
)

// MayRule implements mango.Oversight.
func (s *Store) MayRule(by mango.Actor) error { return s.rules(&by) }

// mostClassDays bounds what one call counts.
const mostClassDays = 366

// ClassDays implements mango.Oversight.
func (s *Store) ClassDays(ctx context.Context, by mango.Actor, days int) ([]mango.ClassDay, error) {
	if err := s.rules(&by); err != nil {
		return nil, err
	}
	days = min(max(days, 1), mostClassDays)
	today := int64(dayOf(s.cfg.Now()))
	var out []mango.ClassDay
	err := s.read(func(tx *bbolt.Tx) error {
		out = nil
		for n := max(today-int64(days)+1, 0); n <= today; n++ {
			d, err := readDay(tx.Bucket(bucketDays), dayKey(uint32(n)))
			if err != nil {
				return err
			}
			begin := len(out)
			for c, count := range d {
				out = append(out, mango.ClassDay{Day: time.Unix(n*86400, 0).UTC(), Kind: mango.Kind(c.Kind), Class: mango.Canonical(c.Class), Count: int(count)})
			}
			slices.SortFunc(out[begin:], func(a, b mango.ClassDay) int {
				return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.Kind, b.Kind))
			})
		}
		return nil
	})
	return out, err
}
