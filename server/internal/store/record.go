package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

const (
	recordRoom = 64 << 10 // what one record may cost the file at most, for the disk guard
	photoRoom  = 1 << 20  // what room media asks for: without it the store counts as full
)

// AddRecord implements mango.Records.
func (s *Store) AddRecord(ctx context.Context, by mango.Actor, r *mango.Record) (uint64, error) {
	saved, _, err := s.AddRecords(ctx, by, []*mango.Record{r}, nil)
	if err != nil {
		return 0, err
	}
	return saved[0].ID, nil
}

// AddRecords implements mango.Records.
func (s *Store) AddRecords(ctx context.Context, by mango.Actor, records []*mango.Record, once *mango.Once) (saved []mango.Saved, first []byte, err error) {
	if err := s.known(&by); err != nil {
		return nil, nil, err
	}
	copies, packed := make([]mango.Record, len(records)), make([][]byte, len(records))
	for i, r := range records {
		if !by.System && r.User != by.User {
			return nil, nil, mango.Errorf(mango.Forbidden, "A record can only be stored for the own account.")
		}
		if err := checkRecord(r); err != nil {
			return nil, nil, err
		}
		copies[i] = s.newRecord(by, r)
		packed[i] = codec.PackAnswers(&copies[i].Answers)
	}
	if err := s.guard.Allow(int64(len(records)) * recordRoom); err != nil {
		return nil, nil, disk.Fault(err)
	}
	bytes := int64(max(len(records)-1, 0)) * recordBytes // withinQuota counts one
	for _, r := range records {
		bytes += r.MediaBytes
	}
	if err := s.withinQuota(ctx, by, bytes); err != nil {
		return nil, nil, err
	}
	err = s.update(ctx, func(w *write) (err error) {
		saved, first, err = w.addRecords(by, copies, packed, once)
		return err
	})
	if err != nil || first != nil {
		return nil, first, err
	}
	for i, r := range records {
		r.ID, r.CreatedAt, r.ByAdmin = copies[i].ID, copies[i].CreatedAt, copies[i].ByAdmin
	}
	return saved, nil, nil
}

// newRecord is a copy of r as it will be stored.
func (s *Store) newRecord(by mango.Actor, r *mango.Record) mango.Record {
	c := *r
	c.Changes = 0
	s.spellClasses(&c)
	if c.Location != nil && !c.Location.ConsentGiven {
		c.Location = nil
	}
	if !by.System {
		c.ByAdmin = by.Admin
	}
	if c.CreatedAt.IsZero() {
		c.CreatedAt = s.cfg.Now()
	}
	c.CreatedAt = c.CreatedAt.UTC().Truncate(time.Microsecond)
	c.VerifiedAt = c.VerifiedAt.UTC().Truncate(time.Microsecond)
	cleanRecord(&c)
	return c
}

// addRecords stores all or, where one is refused, none; what was answered under
// once before is given back and nothing is stored.
func (w *write) addRecords(by mango.Actor, records []mango.Record, packed [][]byte, once *mango.Once) (saved []mango.Saved, first []byte, err error) {
	var r codec.Reply
	if once != nil {
		r = codec.Reply{User: by.User, Key: sha256.Sum256([]byte(once.Key)), Request: once.Request, At: w.s.cfg.Now()}
		old, err := w.s.replyTo(w.tx, r.User, r.Key)
		if err != nil {
			return nil, nil, err
		}
		if first, err := firstAnswer(old, r.Request); first != nil || err != nil {
			return nil, first, err
		}
	}
	saved = make([]mango.Saved, len(records))
	for i := range records {
		if err := w.addRecord(&records[i], packed[i]); err != nil {
			return nil, nil, err
		}
		saved[i].ID = records[i].ID
		if saved[i].DuplicateOf, err = w.duplicateOf(&records[i]); err != nil {
			return nil, nil, err
		}
	}
	if once == nil {
		return saved, nil, nil
	}
	body := once.Answer(saved)
	if len(body) == 0 {
		return nil, nil, errors.New("cannot make the answer that is to be kept")
	}
	if len(body) > codec.MaxReply {
		return nil, nil, mango.Errorf(mango.TooLarge, "The answer is too long to be kept under an Idempotency-Key. Send less text.")
	}
	if r.Body, err = codec.PackReply(body); err != nil {
		return nil, nil, err
	}
	return saved, nil, w.keepReply(&r)
}

// checkRecord keeps a single record from taking more than its share.
func checkRecord(r *mango.Record) error {
	a := &r.Answers
	n := len(a.SelectedSymptoms) + len(a.PrimarySymptoms) + len(a.AlternativeSymptoms) + len(a.TopDiseases) + len(a.SymptomsData)
	n += len(a.Feedback) + len(a.DetectedDisease) + len(r.OriginalName) + len(r.Notes) + len(r.TrainingNotes) + len(r.Media) + len(r.Classification)
	if r.Location != nil {
		n += len(r.Location.Address) + len(r.Location.Source)
	}
	if n > 256<<10 || len(r.Probabilities) > 1000 || len(r.Media) > 1000 || len(r.Origin) > 1000 {
		return mango.Errorf(mango.TooLarge, "The texts of this record are too long to be stored.")
	}
	return nil
}

func (w *write) addRecord(r *mango.Record, packed []byte) error {
	if r.Origin != "" {
		if id := codec.ID(w.get(bucketOrigins, originKey('r', r.Origin))); id != 0 {
			r.ID = id
			return nil
		}
	}
	if r.User != 0 {
		u, err := w.user(r.User)
		if err != nil {
			return err
		}
		if u == nil || u.Gone {
			return unauthenticated()
		}
	}
	id, err := w.next(bucketRecords)
	if err != nil {
		return err
	}
	r.ID = id
	if r.Origin != "" {
		if err := w.put(bucketOrigins, originKey('r', r.Origin), codec.Key(id)); err != nil {
			return err
		}
	}
	if err := w.putPacked(nil, r, packed); err != nil {
		return err
	}
	if r.Origin != "" {
		return nil // the import brings its own notifications
	}
	return w.addNotification(&mango.Notification{Record: id, User: r.User, At: r.CreatedAt})
}

// putRecord writes a record and what follows from it; old is what stood there.
func (w *write) putRecord(old, r *mango.Record) error {
	return w.putPacked(old, r, codec.PackAnswers(&r.Answers))
}

func (w *write) putPacked(old, r *mango.Record, packed []byte) error {
	if old == nil || old.Media != r.Media {
		if err := w.sizePhoto(r); err != nil {
			return err
		}
	}
	key := codec.Key(r.ID)
	b := w.tx.Bucket(bucketRecords)
	b.FillPercent = 0.9 // ids ascend
	if err := w.put(bucketRecords, key, codec.EncodeRecord(key, r, packed)); err != nil {
		return err
	}
	if old == nil || old.Media != r.Media {
		if err := w.refer(r); err != nil {
			return err
		}
		if old != nil {
			if err := w.unrefer(old); err != nil {
				return err
			}
		}
	}
	if n := nameKey(r); n != nil && old == nil {
		if err := w.put(bucketNames, n, []byte{}); err != nil {
			return err
		}
	}
	w.move(old, r)
	return w.reindex(old, r)
}

// record reads a record within a transaction; nil when there is none.
func record(tx *bbolt.Tx, id uint64) (*mango.Record, error) {
	key := codec.Key(id)
	v := tx.Bucket(bucketRecords).Get(key)
	if v == nil {
		return nil, nil
	}
	r, err := codec.DecodeRecord(key, v)
	if err != nil {
		return nil, fmt.Errorf("cannot read record %d: %w", id, err)
	}
	return r, nil
}

// Record implements mango.Records.
func (s *Store) Record(ctx context.Context, by mango.Actor, id uint64) (*mango.Record, error) {
	if err := s.known(&by); err != nil {
		return nil, err
	}
	var r *mango.Record
	if err := s.read(func(tx *bbolt.Tx) (err error) { r, err = record(tx, id); return err }); err != nil {
		return nil, err
	}
	if r == nil || !by.May(r.User) {
		return nil, notFound("Image")
	}
	return r, nil
}

// CountRecords implements mango.Records.
func (s *Store) CountRecords(ctx context.Context) (n int, err error) {
	err = s.read(func(tx *bbolt.Tx) error {
		n, err = countPrefix(tx, familyEvery, nil)
		return err
	})
	return n, err
}

func originKey(of byte, origin string) []byte { return append([]byte{of}, origin...) }

// DeleteRecords implements mango.Records.
func (s *Store) DeleteRecords(ctx context.Context, by mango.Actor, ids []uint64) error {
	if err := s.known(&by); err != nil {
		return err
	}
	return s.protect(ctx, func(w *write) error {
		records, err := w.records(by, ids)
		if err != nil {
			return err
		}
		for _, r := range records {
			if err := w.deleteRecord(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// records reads all or, when one is unknown to the actor, refuses.
func (w *write) records(by mango.Actor, ids []uint64) ([]*mango.Record, error) {
	var found []*mango.Record
	var missing []string
	seen := map[uint64]bool{}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		r, err := record(w.tx, id)
		if err != nil {
			return nil, err
		}
		if r == nil || !by.May(r.User) {
			missing = append(missing, fmt.Sprint(id))
			continue
		}
		found = append(found, r)
	}
	if len(missing) > 0 {
		e := mango.Errorf(mango.NotFound, "Image not found")
		e.Fields = missing
		return nil, e
	}
	return found, nil
}

func (w *write) deleteRecord(r *mango.Record) error {
	if err := w.delete(bucketRecords, codec.Key(r.ID)); err != nil {
		return err
	}
	if err := w.unrefer(r); err != nil {
		return err
	}
	if n := nameKey(r); n != nil {
		if err := w.delete(bucketNames, n); err != nil {
			return err
		}
	}
	if r.Origin != "" {
		if err := w.delete(bucketOrigins, originKey('r', r.Origin)); err != nil {
			return err
		}
	}
	if err := w.deleteNotificationsOf(r.ID); err != nil {
		return err
	}
	if err := w.deleteConfirmationOf(r.ID); err != nil {
		return err
	}
	w.move(r, nil)
	return w.reindex(r, nil)
}

// ChangeRecords implements mango.Records.
func (s *Store) ChangeRecords(ctx context.Context, by mango.Actor, ids []uint64, c mango.RecordChange) ([]mango.Record, error) {
	if err := s.rules(&by); err != nil {
		return nil, err
	}
	if err := s.guard.Allow(recordRoom); err != nil {
		return nil, disk.Fault(err)
	}
	now := s.cfg.Now().UTC().Truncate(time.Microsecond)
	if c.Classification != nil {
		c.Classification = new(s.CanonicalClass(*c.Classification))
	}
	var changed []mango.Record
	err := s.update(ctx, func(w *write) error {
		changed = changed[:0]
		records, err := w.records(by, ids)
		if err != nil {
			return err
		}
		for _, old := range records {
			r := changeRecord(*old, c, by, now)
			cleanRecord(&r)
			if err := checkRecord(&r); err != nil {
				return err
			}
			changed = append(changed, r)
		}
		for i, old := range records {
			if err := w.putRecord(old, &changed[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

func changeRecord(r mango.Record, c mango.RecordChange, by mango.Actor, now time.Time) mango.Record {
	set(&r.Kind, c.Kind)
	set(&r.Photo.Width, c.Width)
	set(&r.Photo.Height, c.Height)
	set(&r.Processing, c.Processing)
	set(&r.Classification, c.Classification)
	set(&r.Notes, c.Notes)
	set(&r.TrainingReady, c.TrainingReady)
	set(&r.TrainingNotes, c.TrainingNotes)
	if c.Verified != nil && *c.Verified != r.Verified {
		r.Verified = *c.Verified
		r.VerifiedBy, r.VerifiedAt = 0, time.Time{}
		if r.Verified {
			r.VerifiedBy, r.VerifiedAt = by.User, now
		}
	}
	r.Changes++
	return r
}

func set[T any](field *T, to *T) {
	if to != nil {
		*field = *to
	}
}
