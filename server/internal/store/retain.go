package store

import (
	"context"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/counted"
)

// Retention says what may be kept for how long. Zero values mean for ever and
// without bound. A photo that goes leaves its record, with all that was
// diagnosed and answered. Photos of records that an expert verified, corrected
// or marked for training go last.
type Retention struct {
	PhotoBytes int64         // of all photos together
	PhotoAge   time.Duration // of photos nobody worked on
	ExpertAge  time.Duration // of those an expert worked on
	RecordAge  time.Duration // of records nobody worked on, with their photos
}

// Retained says what went.
type Retained struct {
	Photos  int
	Bytes   int64
	Records int
}

// anyTime is later than any record, whatever clock it was stored by.
var anyTime = time.Unix(1<<40, 0)

// aged are the records that are old enough to go.
type aged struct {
	before time.Time
	// fresh is the first record stored here whose date says that it is not old;
	// 0: there is none. Whatever was stored after it is no older.
	fresh uint64
}

// only reports that no more than the date of a record is old: the clock was behind
// when it was stored, as on a machine without one that was without power. What an
// import brought has the date that it always had.
func (a aged) only(r *mango.Record) bool {
	if r.Origin != "" || a.before == anyTime {
		return false
	}
	return a.fresh != 0 && r.ID > a.fresh || r.CreatedAt.Before(earliest) && !a.before.After(earliest)
}

// olderThan is what is older than each of some ages by a date. An age of zero is
// for ever.
func (s *Store) olderThan(now time.Time, ages ...time.Duration) ([]aged, error) {
	which := make([]aged, len(ages))
	err := s.read(func(tx *bbolt.Tx) error {
		sought := 0
		for i, age := range ages {
			which[i] = aged{before: now.Add(-age)}
			if age > 0 {
				sought++
			}
		}
		c := tx.Bucket(bucketRecords).Cursor()
		for k, v := c.First(); k != nil && sought > 0; k, v = c.Next() {
			r, err := codec.DecodeRecord(k, v)
			if err != nil { // whoever asks for it is told
				continue
			}
			if r.Origin != "" || r.CreatedAt.Before(earliest) || r.CreatedAt.After(now) {
				continue
			}
			for i, age := range ages {
				if age > 0 && which[i].fresh == 0 && !r.CreatedAt.Before(which[i].before) {
					which[i].fresh = r.ID
					sought--
				}
			}
		}
		return nil
	})
	return which, err
}

const retainPortion = 100 // records changed in one transaction

// Retain lets go of what is older or more than r allows, oldest first. What is
// old is not the wall clock's to say alone; see calendar.
func (s *Store) Retain(ctx context.Context, r Retention) (Retained, error) {
	var out Retained
	if err := s.forgetExpired(ctx); err != nil {
		return out, err
	}
	old, err := s.olderThan(s.calendar.today(), r.PhotoAge, r.ExpertAge, r.RecordAge)
	if err != nil {
		return out, err
	}
	if r.RecordAge > 0 {
		if err := s.retainRecords(ctx, old[2], &out); err != nil {
			return out, err
		}
	}
	for tier, age := range []time.Duration{r.PhotoAge, r.ExpertAge} {
		if age > 0 {
			if err := s.retainPhotos(ctx, byte(tier), old[tier], func(codec.Totals) bool { return true }, &out); err != nil {
				return out, err
			}
		}
	}
	if r.PhotoBytes > 0 {
		over := func(t codec.Totals) bool { return t.PhotoBytes > r.PhotoBytes }
		for tier := range byte(2) {
			if err := s.retainPhotos(ctx, tier, aged{before: anyTime}, over, &out); err != nil {
				return out, err
			}
		}
	}
	if out != (Retained{}) {
		s.cfg.Log.Info("retention", "photos_removed", out.Photos, "photo_bytes_removed", out.Bytes, "records_removed", out.Records)
	}
	return out, nil
}

// retainPhotos takes the photo from the oldest records of a tier while more
// says so.
func (s *Store) retainPhotos(ctx context.Context, tier byte, which aged, more func(codec.Totals) bool, out *Retained) error {
	name, passed := familyPhoto+string([]byte{tier}), counted.First
	for {
		seen, was, is := 0, codec.Totals{}, codec.Totals{}
		err := s.protect(ctx, func(w *write) error {
			seen, was = 0, w.totals
			entries, err := w.oldest(name, passed, which.before)
			if err != nil {
				return err
			}
			for _, at := range entries {
				if !more(w.totals) {
					break
				}
				seen++
				old, err := record(w.tx, at.ID)
				if err != nil {
					return err
				}
				if old == nil || which.only(old) {
					passed = counted.Entry{At: at.At, ID: at.ID + 1}
					continue
				}
				r := *old
				r.Media, r.MediaBytes = "", 0
				r.Changes++
				if err := w.putRecord(old, &r); err != nil {
					return err
				}
			}
			is = w.totals
			return nil
		})
		if err != nil {
			return err
		}
		out.Photos += int(was.Photos - is.Photos)
		out.Bytes += was.PhotoBytes - is.PhotoBytes
		if seen == 0 {
			return nil
		}
	}
}

// retainRecords deletes old records that nobody worked on.
func (s *Store) retainRecords(ctx context.Context, which aged, out *Retained) error {
	passed := map[string]counted.Entry{} // by list: up to here all that stays was seen
	for {
		removed, was, is := 0, codec.Totals{}, codec.Totals{}
		seen := 0
		err := s.protect(ctx, func(w *write) error {
			removed, seen, was = 0, 0, w.totals
			if err := w.flushLists(); err != nil { // choose reads the file
				return err
			}
			lists, err := w.lists.Choose(familyAll, func(rest string) bool {
				if rest == "" {
					return false
				}
				c := parseCell(rest[1:])
				return !c.verified && !c.ready
			})
			if err != nil {
				return err
			}
			for _, l := range lists {
				if removed >= retainPortion {
					break
				}
				after, ok := passed[l.Name()]
				if !ok {
					after = counted.First
				}
				entries, err := w.oldest(l.Name(), after, which.before)
				if err != nil {
					return err
				}
				for _, at := range entries {
					seen++
					r, err := record(w.tx, at.ID)
					if err != nil {
						return err
					}
					if r == nil || keptLonger(r) || which.only(r) {
						passed[l.Name()] = counted.Entry{At: at.At, ID: at.ID + 1}
						continue
					}
					if err := w.deleteRecord(r); err != nil {
						return err
					}
					removed++
				}
			}
			is = w.totals
			return nil
		})
		if err != nil {
			return err
		}
		out.Records += removed
		out.Photos += int(was.Photos - is.Photos)
		out.Bytes += was.PhotoBytes - is.PhotoBytes
		if seen == 0 {
			return nil
		}
	}
}

// oldest gives the first entries of a list from a place on that lie before a
// time.
func (w *write) oldest(name string, after counted.Entry, before time.Time) ([]counted.Entry, error) {
	l, err := w.lists.Get(name)
	if err != nil {
		return nil, err
	}
	m := counted.Merge{Lists: []*counted.List{l}, From: after, Until: counted.Entry{At: before.UnixMilli()}}
	n, err := m.Total()
	if err != nil || n == 0 {
		return nil, err
	}
	size := min(n, retainPortion)
	entries, err := m.Page(n-size, size)
	slices.Reverse(entries)
	return entries, err
}

// PhotosOf gives the names of all photos that records refer to, in no
// particular order, for a mirror of them.
func (s *Store) PhotosOf(ctx context.Context, do func(name string) error) error {
	return s.EachRecord(ctx, mango.System, mango.RecordFilter{}, func(r *mango.Record) error {
		if r.Media == "" {
			return nil
		}
		return do(r.Media)
	})
}
