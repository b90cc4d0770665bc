package store

import (
	"bytes"
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/store/codec"
)

// filler fills a new database from rows of a damaged one: it takes over what cannot be made
// from anything else, then makes indexes, marks and counts from it.
type filler struct {
	s         *Store
	db        *database
	tx        *bbolt.Tx
	n         int
	report    *Report
	sequences map[string]uint64 // ids that must not be given again
}

// last notes the highest id that the damaged file says it has given. A damaged
// number must not use up the ids.
func (b *filler) last(bucket string, id uint64) {
	if id < 1<<40 {
		b.sequences[bucket] = id
	}
}

const fillPortion = 2000 // rows in one transaction

// begin starts a transaction where none is open and ends one that is large.
func (b *filler) step() (err error) {
	if b.tx != nil && b.n < fillPortion {
		b.n++
		return nil
	}
	if err := b.end(); err != nil {
		return err
	}
	b.n = 1
	b.tx, err = b.db.Begin(true)
	return err
}

func (b *filler) end() error {
	if b.tx == nil {
		return nil
	}
	tx := b.tx
	b.tx = nil
	return tx.Commit()
}

func (b *filler) drop() {
	if b.tx != nil {
		_ = b.tx.Rollback()
		b.tx = nil
	}
}

// take stores one row. Of two versions of a record the one that was changed
// more often wins; of other rows the first, which the tree led to.
func (b *filler) take(bucket string, key, value []byte) error {
	if bucket == string(bucketMeta) && !bytes.Equal(key, keyTotals) {
		return nil // the schema number is the program's own
	}
	if err := b.step(); err != nil {
		return err
	}
	to := b.tx.Bucket([]byte(bucket))
	if old := to.Get(key); old != nil {
		if bucket != string(bucketRecords) {
			return nil
		}
		was, err1 := codec.DecodeRecord(key, old)
		is, err2 := codec.DecodeRecord(key, value)
		if err1 == nil && (err2 != nil || is.Changes <= was.Changes) {
			return nil
		}
	}
	to.FillPercent = 0.9
	if id := codec.ID(key); id > to.Sequence() {
		if err := to.SetSequence(id); err != nil {
			return err
		}
	}
	return to.Put(bytes.Clone(key), bytes.Clone(value))
}

// index makes everything else. Rows that lead nowhere are left out and counted.
func (b *filler) index(ctx context.Context, progress Progress) error {
	if err := b.end(); err != nil {
		return err
	}
	var readUpTo uint64
	if err := b.db.Update(func(tx *bbolt.Tx) error {
		if t, err := readTotals(tx); err == nil {
			readUpTo = t.ReadUpTo
		}
		for bucket, id := range b.sequences {
			if to := tx.Bucket([]byte(bucket)); to.Sequence() < id {
				if err := to.SetSequence(id); err != nil {
					return err
				}
			}
		}
		return tx.Bucket(bucketMeta).Put(keyTotals, codec.EncodeTotals(keyTotals, codec.Totals{ReadUpTo: readUpTo}))
	}); err != nil {
		return err
	}
	for _, part := range []struct {
		bucket []byte
		count  *int
		index  func(w *write, k, v []byte) (keep bool, err error)
		shown  Progress
	}{
		{bucketUsers, &b.report.Users, indexUser, progress.part(0, 5)},
		{bucketRecords, &b.report.Records, indexRecord, progress.part(5, 80)},
		{bucketConfirmations, &b.report.Confirmations, indexConfirmation, progress.part(80, 90)},
		{bucketNotifications, &b.report.Notifications, indexNotification, progress.part(90, 100)},
		{bucketReplies, new(int), indexReply, progress.part(100, 100)},
	} {
		if err := b.each(ctx, part.bucket, part.count, part.index, part.shown); err != nil {
			return fmt.Errorf("cannot index %s: %w", part.bucket, err)
		}
	}
	return b.db.Update(func(tx *bbolt.Tx) error {
		v, err := readVocabulary(tx)
		if err != nil {
			return err
		}
		if len(v.Diseases) == 0 || len(v.Symptoms) == 0 {
			for _, name := range [][]byte{bucketSymptoms, bucketAliases, bucketDiseases, bucketLinks} {
				if err := tx.DeleteBucket(name); err != nil {
					return err
				}
			}
			if err := makeBuckets(tx); err != nil {
				return err
			}
			return seedVocabulary(tx, b.s.cfg.Now())
		}
		return nil
	})
}

// each runs index over a bucket in portions, each its own transaction.
func (b *filler) each(ctx context.Context, bucket []byte, count *int, index func(w *write, k, v []byte) (bool, error), progress Progress) error {
	var after []byte
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := b.db.Update(func(tx *bbolt.Tx) error {
			w, err := b.s.begin(tx)
			if err != nil {
				return err
			}
			w.journal = nil
			var keys, values [][]byte
			c := tx.Bucket(bucket).Cursor()
			k, v := c.Seek(after)
			if after != nil && bytes.Equal(k, after) {
				k, v = c.Next()
			}
			for ; k != nil && len(keys) < fillPortion; k, v = c.Next() {
				keys, values = append(keys, bytes.Clone(k)), append(values, bytes.Clone(v))
			}
			done = len(keys) < fillPortion
			for i, k := range keys {
				keep, err := index(w, k, values[i])
				if err != nil {
					return err
				}
				if keep {
					*count++
					continue
				}
				b.report.Dropped++
				b.report.lose("%s, which led nowhere", nameOf(string(bucket), k))
				if err := w.delete(bucket, k); err != nil {
					return err
				}
			}
			if len(keys) > 0 {
				after = keys[len(keys)-1]
				progress.at(int64(codec.ID(after)), int64(tx.Bucket(bucket).Sequence()))
			}
			return w.flush()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func indexUser(w *write, k, v []byte) (bool, error) {
	u, err := codec.DecodeUser(k, v)
	if err != nil {
		return false, nil
	}
	if u.Gone {
		return true, nil
	}
	if w.claim(u.ID, u.Username, u.Email) != nil {
		return false, nil // two versions of one account under two ids
	}
	if u.Origin != "" {
		if err := w.put(bucketOrigins, originKey('u', u.Origin), k); err != nil {
			return false, err
		}
	}
	return true, w.name(&u.User)
}

func indexRecord(w *write, k, v []byte) (bool, error) {
	r, err := codec.DecodeRecord(k, v)
	if err != nil {
		return false, nil
	}
	if r.User != 0 && w.get(bucketUsers, codec.Key(r.User)) == nil {
		// Its account was deleted or lost. Better kept without a name than
		// shown to whoever gets that id next: ids are not used again.
		r.User = 0
	}
	if r.Origin != "" {
		if err := w.put(bucketOrigins, originKey('r', r.Origin), k); err != nil {
			return false, err
		}
	}
	return true, w.putRecord(nil, r)
}

func indexReply(w *write, k, v []byte) (bool, error) {
	r, err := codec.DecodeReply(k, v)
	if err != nil || w.get(bucketUsers, codec.Key(r.User)) == nil || w.get(bucketReplied, replyMark(r)) != nil {
		return false, nil
	}
	return true, w.put(bucketReplied, replyMark(r), k)
}

func indexConfirmation(w *write, k, v []byte) (bool, error) {
	c, err := codec.DecodeConfirmation(k, v)
	if err != nil || w.get(bucketRecords, codec.Key(c.Record)) == nil || w.get(bucketConfirmed, codec.Key(c.Record)) != nil {
		return false, nil
	}
	if c.User != 0 && w.get(bucketUsers, codec.Key(c.User)) == nil {
		c.User = 0
	}
	return true, w.linkConfirmation(c)
}

func indexNotification(w *write, k, v []byte) (bool, error) {
	n, err := codec.DecodeNotification(k, v)
	if err != nil || (n.Record != 0 && w.get(bucketRecords, codec.Key(n.Record)) == nil) {
		return false, nil
	}
	return true, w.linkNotification(n)
}
