package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

// Answers to saves that came with a key of the client's (mango.Once). Bucket
// replies has them by id, oldest first; bucket replied leads from user and key
// to the id. Both are written with the records that the answer is about, so
// that after a power cut either both are there or none.

const (
	replyLife   = 24 * time.Hour
	mostReplies = 10_000 // of all users
	userReplies = 200    // of one
	replyPrune  = 8      // expired ones removed with each new one
)

// ReplyLimits say so in docs/limits.md.
var ReplyLimits = []mango.Limit{
	{Of: "remembered answers to saves with an Idempotency-Key, of an account", Bound: fmt.Sprint(userReplies), Then: "the oldest is forgotten"},
	{Of: "remembered answers to saves with an Idempotency-Key, of all accounts", Bound: fmt.Sprint(mostReplies), Then: "the oldest is forgotten"},
}

func replyMark(r *codec.Reply) []byte { return append(codec.Key(r.User), r.Key[:]...) }

// replyTo is the answer under a key, nil when there is none that counts.
func (s *Store) replyTo(tx *bbolt.Tx, user uint64, key [32]byte) (*codec.Reply, error) {
	marks := tx.Bucket(bucketReplied)
	if marks == nil { // a file of an older program on a disk that cannot be written
		return nil, nil
	}
	id := marks.Get(append(codec.Key(user), key[:]...))
	if id == nil {
		return nil, nil
	}
	r, err := codec.DecodeReply(id, tx.Bucket(bucketReplies).Get(id))
	if err != nil {
		return nil, fmt.Errorf("cannot read a remembered answer: %w", err)
	}
	if s.calendar.today().Sub(r.At) > replyLife {
		return nil, nil
	}
	return r, nil
}

// firstAnswer is what was answered under a key before; nil: nothing.
func firstAnswer(r *codec.Reply, request [32]byte) ([]byte, error) {
	switch {
	case r == nil:
		return nil, nil
	case r.Request != request:
		return nil, mango.Errorf(mango.Unprocessable, "This Idempotency-Key was used for another request. Use a new one for each save.")
	}
	return codec.UnpackReply(r.Body)
}

// Replied implements mango.Records.
func (s *Store) Replied(ctx context.Context, by mango.Actor, key string, request [32]byte) (first []byte, err error) {
	if err := s.known(&by); err != nil {
		return nil, err
	}
	err = s.read(func(tx *bbolt.Tx) error {
		r, err := s.replyTo(tx, by.User, sha256.Sum256([]byte(key)))
		if err == nil {
			first, err = firstAnswer(r, request)
		}
		return err
	})
	return first, err
}

// keepReply stores an answer and forgets what is too old or too much.
func (w *write) keepReply(r *codec.Reply) error {
	if old := w.get(bucketReplied, replyMark(r)); old != nil { // it has expired
		if err := w.forgetReply(bytes.Clone(old)); err != nil {
			return err
		}
	}
	if err := w.pruneReplies(replyPrune); err != nil {
		return err
	}
	if oldest, n := w.repliesOf(r.User); n >= userReplies {
		if err := w.forgetReply(oldest); err != nil {
			return err
		}
	}
	if w.s.memory.replies.Load()+w.replies >= mostReplies {
		if k, _ := w.tx.Bucket(bucketReplies).Cursor().First(); k != nil {
			if err := w.forgetReply(bytes.Clone(k)); err != nil {
				return err
			}
		}
	}
	id, err := w.next(bucketReplies)
	if err != nil {
		return err
	}
	key := codec.Key(id)
	if err := w.put(bucketReplies, key, codec.EncodeReply(key, r)); err != nil {
		return err
	}
	if err := w.put(bucketReplied, replyMark(r), key); err != nil {
		return err
	}
	w.countReplies(1)
	return nil
}

// repliesOf is the oldest answer of a user, and how many there are.
func (w *write) repliesOf(user uint64) (oldest []byte, n int) {
	prefix := codec.Key(user)
	c := w.tx.Bucket(bucketReplied).Cursor()
	for k, id := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, id = c.Next() {
		if n++; oldest == nil || bytes.Compare(id, oldest) < 0 {
			oldest = bytes.Clone(id)
		}
	}
	return oldest, n
}

// pruneReplies forgets some of those that have expired.
func (w *write) pruneReplies(most int) error {
	before, ahead := w.s.calendar.today().Add(-replyLife), w.s.cfg.Now().Add(replyLife)
	var expired [][]byte
	c := w.tx.Bucket(bucketReplies).Cursor()
	k, v := c.First()
	for seen := 0; k != nil && len(expired) < most && seen < 4*most; k, v = c.Next() {
		r, err := codec.DecodeReply(k, v)
		seen++
		if errors.Is(err, ErrDamaged) {
			expired = append(expired, bytes.Clone(k)) // nobody's save waits for it
			continue
		}
		if err != nil {
			return err
		}
		if r.At.Before(before) {
			expired = append(expired, bytes.Clone(k))
		} else if !r.At.After(ahead) { // else a clock was wrong: what follows may be older
			break
		}
	}
	for _, id := range expired {
		if err := w.forgetReply(id); err != nil {
			return err
		}
	}
	return nil
}

func (w *write) forgetReply(id []byte) error {
	mark, err := w.markOf(id)
	if err != nil {
		return err
	}
	if err := w.delete(bucketReplied, mark); err != nil {
		return err
	}
	if err := w.delete(bucketReplies, id); err != nil {
		return err
	}
	w.countReplies(-1)
	return nil
}

// markOf is the mark of an answer; of one that cannot be read, the mark that
// leads to it.
func (w *write) markOf(id []byte) ([]byte, error) {
	r, err := codec.DecodeReply(id, w.get(bucketReplies, id))
	if err == nil {
		return replyMark(r), nil
	}
	if !errors.Is(err, ErrDamaged) {
		return nil, err
	}
	w.s.suspect(fmt.Errorf("cannot read a remembered answer: %w", err))
	c := w.tx.Bucket(bucketReplied).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if bytes.Equal(v, id) {
			return bytes.Clone(k), nil
		}
	}
	return nil, err
}

// forgetRepliesOf is for an account that goes.
func (w *write) forgetRepliesOf(user uint64) error {
	for {
		id, n := w.repliesOf(user)
		if n == 0 {
			return nil
		}
		if err := w.forgetReply(id); err != nil {
			return err
		}
	}
}

func (w *write) countReplies(n int64) {
	w.replies += n
	w.onCommit(func() { w.s.memory.replies.Add(n) })
}

// forgetExpired removes all answers that are too old, in portions.
func (s *Store) forgetExpired(ctx context.Context) error {
	for {
		var before, after int64
		err := s.update(ctx, func(w *write) error {
			before = w.replies
			err := w.pruneReplies(retainPortion)
			after = w.replies
			return err
		})
		if err != nil || before-after < retainPortion {
			return err
		}
	}
}

// duplicateOf is the newest record of the same photo and user that was stored
// within ten minutes of r, whichever way the clock went between them.
func (w *write) duplicateOf(r *mango.Record) (uint64, error) {
	if r.Media == "" || r.User == 0 {
		return 0, nil
	}
	prefix := binary.BigEndian.AppendUint64(photoPrefix(r.Media), r.User)
	c := w.tx.Bucket(bucketPhotos).Cursor()
	k, _ := c.Seek(binary.BigEndian.AppendUint64(bytes.Clone(prefix), r.ID))
	if k == nil {
		k, _ = c.Last()
	} else {
		k, _ = c.Prev()
	}
	if len(k) != len(prefix)+8 || !bytes.HasPrefix(k, prefix) {
		return 0, nil
	}
	id := codec.ID(k[len(prefix):])
	other, err := record(w.tx, id)
	if errors.Is(err, ErrDamaged) { // it is no reason not to store the one of now
		w.s.suspect(err)
		return 0, nil
	}
	if err != nil || other == nil {
		return 0, err
	}
	if other.CreatedAt.Sub(r.CreatedAt).Abs() > sameSave {
		return 0, nil
	}
	return id, nil
}

// sameSave is how far apart two saves of a photo may be and pass for one that
// was sent twice.
const sameSave = 10 * time.Minute

// checkReplies compares answers with their marks.
func checkReplies(tx *bbolt.Tx, f *findings) error {
	replies, marks := tx.Bucket(bucketReplies), tx.Bucket(bucketReplied)
	if replies == nil || marks == nil {
		return nil
	}
	n := 0
	c := replies.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		r, err := codec.DecodeReply(k, v)
		if err != nil {
			return err
		}
		if n++; !bytes.Equal(marks.Get(replyMark(r)), k) {
			f.add("replied", fmt.Errorf("the mark of answer %d is missing", codec.ID(k)))
		}
	}
	if m := marks.Stats().KeyN; m != n {
		f.add("replied", fmt.Errorf("%d marks for %d answers", m, n))
	}
	return nil
}
