package store

import (
	"context"
	"slices"
	"time"

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

const retainPortion = 100 // records changed in one transaction

// Retain lets go of what is older or more than r allows, oldest first. What is
// old is not the wall clock's to say alone; see calendar.
func (s *Store) Retain(ctx context.Context, r Retention) (Retained, error) {
	var out Retained
	if err := s.forgetExpired(ctx); err != nil {
		return out, err
	}
	now := s.calendar.today()
	if r.RecordAge > 0 {
		if err := s.retainRecords(ctx, now.Add(-r.RecordAge), &out); err != nil {
			return out, err
		}
	}
	for tier, age := range []time.Duration{r.PhotoAge, r.ExpertAge} {
		if age > 0 {
			before := now.Add(-age)
			if err := s.retainPhotos(ctx, byte(tier), before, func(codec.Totals) bool { return true }, &out); err != nil {
				return out, err
			}
		}
	}
	if r.PhotoBytes > 0 {
		over := func(t codec.Totals) bool { return t.PhotoBytes > r.PhotoBytes }
		for tier := range byte(2) {
			if err := s.retainPhotos(ctx, tier, anyTime, over, &out); err != nil {
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
func (s *Store) retainPhotos(ctx context.Context, tier byte, before time.Time, more func(codec.Totals) bool, out *Retained) error {
	name := familyPhoto + string([]byte{tier})
	for {
		removed, was, is := 0, codec.Totals{}, codec.Totals{}
		err := s.protect(ctx, func(w *write) error {
			removed, was = 0, w.totals
			entries, err := w.oldest(name, counted.First, before)
			if err != nil {
				return err
			}
			for _, at := range entries {
				if !more(w.totals) {
					break
				}
				old, err := record(w.tx, at.ID)
				if err != nil {
					return err
				}
				if old == nil {
					continue
				}
				r := *old
				r.Media, r.MediaBytes = "", 0
				r.Changes++
				if err := w.putRecord(old, &r); err != nil {
					return err
				}
				removed++
			}
			is = w.totals
			return nil
		})
		if err != nil {
			return err
		}
		out.Photos += int(was.Photos - is.Photos)
		out.Bytes += was.PhotoBytes - is.PhotoBytes
		if removed == 0 {
			return nil
		}
	}
}

// retainRecords deletes old records that nobody worked on.
func (s *Store) retainRecords(ctx context.Context, before time.Time, out *Retained) error {
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
				entries, err := w.oldest(l.Name(), after, before)
				if err != nil {
					return err
				}
				for _, at := range entries {
					seen++
					r, err := record(w.tx, at.ID)
					if err != nil {
						return err
					}
					if r == nil || keptLonger(r) {
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
