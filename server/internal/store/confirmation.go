package store

import (
	"context"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/counted"
)

// Confirmations are in two families of lists:
//
//	c correct disease            all
//	d user(8) correct disease    of one user
//
// and bucket confirmed leads from a record to its one.

const (
	familyConfirmed = "c"
	familyConfirmer = "d"
)

func confirmerPrefix(user uint64) string { return familyConfirmer + string(codec.Key(user)) }

func confirmationLists(c *mango.Confirmation) []string {
	rest := string([]byte{codec.Tristate(c.Correct)}) + className(c.Predicted)
	return []string{familyConfirmed + rest, confirmerPrefix(c.User) + rest}
}

func confirmationEntry(c *mango.Confirmation) counted.Entry {
	return counted.Entry{At: c.At.UnixMilli(), ID: c.ID}
}

func confirmation(tx *bbolt.Tx, id uint64) (*mango.Confirmation, error) {
	key := codec.Key(id)
	v := tx.Bucket(bucketConfirmations).Get(key)
	if v == nil {
		return nil, nil
	}
	return codec.DecodeConfirmation(key, v)
}

// AddConfirmation implements mango.Confirmations.
func (s *Store) AddConfirmation(ctx context.Context, by mango.Actor, in *mango.Confirmation) (uint64, error) {
	if err := s.known(&by); err != nil {
		return 0, err
	}
	if len(in.Feedback)+len(in.Predicted)+len(in.Origin) > 64<<10 || (in.Location != nil && len(in.Location.Address) > 64<<10) {
		return 0, mango.Errorf(mango.TooLarge, "The texts of this confirmation are too long to be stored.")
	}
	if err := s.guard.Allow(recordRoom); err != nil {
		return 0, disk.Fault(err)
	}
	c := *in
	if !by.System {
		c.User, c.Origin = by.User, ""
	}
	if !c.ConsentGiven {
		c.Location = nil
	}
	cleanConfirmation(&c)
	c.Predicted = s.CanonicalClass(c.Predicted)
	if c.At.IsZero() {
		c.At = s.cfg.Now()
	}
	c.At = c.At.UTC().Truncate(time.Microsecond)
	err := s.update(ctx, func(w *write) error { return w.addConfirmation(by, &c) })
	if err != nil {
		return 0, err
	}
	in.ID, in.At, in.User, in.Predicted = c.ID, c.At, c.User, c.Predicted
	return c.ID, nil
}

func (w *write) addConfirmation(by mango.Actor, c *mango.Confirmation) error {
	if c.Origin != "" {
		if id := codec.ID(w.get(bucketOrigins, originKey('c', c.Origin))); id != 0 {
			c.ID = id
			return nil
		}
	}
	r, err := record(w.tx, c.Record)
	if err != nil {
		return err
	}
	if r == nil || (!by.System && r.User != by.User) {
		return notFound("Image")
	}
	if w.get(bucketConfirmed, codec.Key(c.Record)) != nil {
		return mango.Errorf(mango.Conflict, "Confirmation already exists for this image")
	}
	id, err := w.next(bucketConfirmations)
	if err != nil {
		return err
	}
	c.ID = id
	return w.linkConfirmation(c)
}

// linkConfirmation writes a confirmation and what follows from it.
func (w *write) linkConfirmation(c *mango.Confirmation) error {
	id := c.ID
	first, err := w.confirmedNothing(c.User)
	if err != nil {
		return err
	}
	if c.User == 0 {
		w.totals.Nameless++
	} else if first {
		w.totals.Confirmers++
	}
	w.tally(c, 1)
	if err := w.put(bucketConfirmed, codec.Key(c.Record), codec.Key(id)); err != nil {
		return err
	}
	if c.Origin != "" {
		if err := w.put(bucketOrigins, originKey('c', c.Origin), codec.Key(id)); err != nil {
			return err
		}
	}
	for _, name := range confirmationLists(c) {
		if err := w.insert(name, confirmationEntry(c)); err != nil {
			return err
		}
	}
	key := codec.Key(id)
	return w.put(bucketConfirmations, key, codec.EncodeConfirmation(key, c))
}

func (w *write) tally(c *mango.Confirmation, n int64) {
	if c.ConsentGiven {
		w.totals.Consented += n
	}
	if c.Location != nil {
		w.totals.Located += n
	}
}

// confirmedNothing reports whether a user has no confirmation.
func (w *write) confirmedNothing(user uint64) (bool, error) {
	if err := w.flushLists(); err != nil { // EachLength reads the file
		return false, err
	}
	n := 0
	err := w.lists.EachLength(confirmerPrefix(user), func(_ string, c int) { n += c })
	return n == 0, err
}

func (w *write) deleteConfirmationOf(record uint64) error {
	id := codec.ID(w.get(bucketConfirmed, codec.Key(record)))
	if id == 0 {
		return nil
	}
	return w.deleteConfirmation(id)
}

func (w *write) deleteConfirmation(id uint64) error {
	c, err := confirmation(w.tx, id)
	if err != nil || c == nil {
		return err
	}
	for _, name := range confirmationLists(c) {
		if err := w.remove(name, confirmationEntry(c)); err != nil {
			return err
		}
	}
	if err := w.delete(bucketConfirmations, codec.Key(id)); err != nil {
		return err
	}
	if err := w.delete(bucketConfirmed, codec.Key(c.Record)); err != nil {
		return err
	}
	if c.Origin != "" {
		if err := w.delete(bucketOrigins, originKey('c', c.Origin)); err != nil {
			return err
		}
	}
	w.tally(c, -1)
	if c.User == 0 {
		w.totals.Nameless--
		return nil
	}
	none, err := w.confirmedNothing(c.User)
	if none {
		w.totals.Confirmers--
	}
	return err
}
