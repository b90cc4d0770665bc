package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/counted"
)

// Statistics implements mango.Records: sums of list lengths and four ranks.
func (s *Store) Statistics(ctx context.Context, by mango.Actor) (mango.Statistics, error) {
	var out mango.Statistics
	if err := s.rules(&by); err != nil {
		return out, err
	}
	now := s.cfg.Now()
	err := s.read(func(tx *bbolt.Tx) error {
		t, err := readTotals(tx)
		if err != nil {
			return err
		}
		out = mango.Statistics{Photos: int(t.Photos), PhotoBytes: t.PhotoBytes, Unread: int(t.Unread)}
		if err := counted.New(tx).EachLength(familyAll, func(rest string, n int) {
			if rest == "" {
				return
			}
			c := parseCell(rest[1:])
			out.Classes = append(out.Classes, mango.ClassCount{Kind: kindOf(c.kind), Class: mango.Canonical(c.class), Scope: scopeOf(rest[0]),
				Verified: c.verified, Ready: c.ready, Count: n})
		}); err != nil {
			return err
		}
		if out.Notifications, err = countPrefix(tx, familyBell, nil); err != nil {
			return err
		}
		all, err := counted.New(tx).Choose(familyEvery, nil)
		if err != nil {
			return err
		}
		since := func(days int) (int, error) {
			from, until := counted.Entry{At: now.AddDate(0, 0, -days).UnixMilli()}, counted.Entry{At: now.Add(aheadBy).UnixMilli()}
			return (&counted.Merge{Lists: all, From: from, Until: until}).Total()
		}
		if out.Week, err = since(7); err != nil {
			return err
		}
		out.Month, err = since(30)
		return err
	})
	return out, err
}

// Trend implements mango.Records.
func (s *Store) Trend(ctx context.Context, by mango.Actor, days int) ([]mango.DayCount, error) {
	if err := s.rules(&by); err != nil {
		return nil, err
	}
	days = min(max(days, 1), 3660)
	today := dayOf(s.cfg.Now())
	var out []mango.DayCount
	err := s.read(func(tx *bbolt.Tx) error {
		out = make([]mango.DayCount, 0, days)
		for n := int64(today) - int64(days) + 1; n <= int64(today); n++ {
			row := mango.DayCount{Day: time.Unix(n*86400, 0).UTC()}
			key := dayKey(uint32(max(n, 0)))
			d, err := readDay(tx.Bucket(bucketDays), key)
			if err != nil {
				return err
			}
			for c, count := range d {
				row.Total += int(count)
				switch mango.ConditionOf(c.Class) {
				case mango.IsHealthy:
					row.Healthy += int(count)
				case mango.IsUnknown:
					row.Unknown += int(count)
				}
			}
			out = append(out, row)
		}
		return nil
	})
	return out, err
}

// UserStatistics implements mango.Users.
func (s *Store) UserStatistics(ctx context.Context, by mango.Actor) (mango.UserStatistics, error) {
	var out mango.UserStatistics
	if err := s.rules(&by); err != nil {
		return out, err
	}
	now := s.cfg.Now()
	month, tomorrow := now.AddDate(0, 0, -30), now.Add(aheadBy)
	m := s.memory
	m.mu.RLock()
	for _, u := range m.order {
		out.Total++
		if u.disabled {
			out.Disabled++
		} else {
			out.Active++
		}
		if u.profile {
			out.WithProfile++
		}
		if !u.joined.Before(month) && u.joined.Before(tomorrow) {
			out.Recent++
		}
	}
	m.mu.RUnlock()
	err := s.read(func(tx *bbolt.Tx) error {
		out.Top = nil
		var err error
		if out.Images, err = countPrefix(tx, familyEvery, nil); err != nil {
			return err
		}
		// One key a user and class, not one a record.
		images := map[uint64]int{}
		if err := counted.New(tx).EachLength(familyUser, func(rest string, n int) {
			if len(rest) > 8 {
				images[codec.ID([]byte(rest[:8]))] += n
			}
		}); err != nil {
			return err
		}
		ids := make([]uint64, 0, len(images))
		for id := range images {
			ids = append(ids, id)
		}
		slices.SortFunc(ids, func(a, b uint64) int {
			return cmp.Or(cmp.Compare(images[b], images[a]), cmp.Compare(a, b))
		})
		for _, id := range ids[:min(5, len(ids))] {
			r, err := userRow(tx, by, id)
			if err != nil {
				return err
			}
			if r != nil {
				out.Top = append(out.Top, *r)
			}
		}
		return nil
	})
	return out, err
}
