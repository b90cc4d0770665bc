package store

import (
	"go.etcd.io/bbolt"

	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/counted"
)

// write is one write transaction, shared by the requests of a batch. What
// several of them touch (list nodes, totals, days) is kept in memory and
// written once, by flush.
type write struct {
	s       *Store
	tx      *bbolt.Tx
	lists   *counted.Lists
	totals  codec.Totals
	before  codec.Totals
	days    map[uint32]codec.Day
	touched int      // changes so far; a request that fails without one costs no rollback
	after   []func() // run when the commit is durable
	freed   []string // photos that lost their last record
	replies int64    // remembered answers added, less those forgotten
	journal *journal // what changes, while the file is being compacted; else nil
}

func (s *Store) begin(tx *bbolt.Tx) (*write, error) {
	t, err := readTotals(tx)
	if err != nil {
		return nil, err
	}
	w := &write{s: s, tx: tx, lists: counted.New(tx), totals: t, before: t, days: map[uint32]codec.Day{}}
	if s.capture.Load() {
		w.journal = newJournal()
	}
	return w, nil
}

func (w *write) get(bucket, key []byte) []byte { return w.tx.Bucket(bucket).Get(key) }

func (w *write) put(bucket, key, value []byte) error {
	w.touched++
	w.journal.note(bucket, key, value)
	return w.tx.Bucket(bucket).Put(key, value)
}

func (w *write) delete(bucket, key []byte) error {
	w.touched++
	w.journal.note(bucket, key, nil)
	return w.tx.Bucket(bucket).Delete(key)
}

// next is a new id of a bucket.
func (w *write) next(bucket []byte) (uint64, error) {
	w.touched++
	return w.tx.Bucket(bucket).NextSequence()
}

func (w *write) insert(name string, e counted.Entry) error {
	w.touched++
	l, err := w.lists.Get(name)
	if err != nil {
		return err
	}
	return l.Insert(e)
}

func (w *write) remove(name string, e counted.Entry) error {
	w.touched++
	l, err := w.lists.Get(name)
	if err != nil {
		return err
	}
	_, err = l.Remove(e)
	return err
}

// onCommit runs f after the commit, in the order of the requests.
func (w *write) onCommit(f func()) { w.after = append(w.after, f) }

// flushLists writes the lists: what reads the file afterwards sees them.
func (w *write) flushLists() error { return w.lists.Flush(w.put, w.delete) }

// flush writes what was kept in memory.
func (w *write) flush() error {
	if err := w.flushLists(); err != nil {
		return err
	}
	for number, d := range w.days {
		key := dayKey(number)
		if err := w.put(bucketDays, key, codec.EncodeDay(key, d)); err != nil {
			return err
		}
	}
	if w.totals != w.before {
		return w.put(bucketMeta, keyTotals, codec.EncodeTotals(keyTotals, w.totals))
	}
	return nil
}
