package store

import (
	"encoding/binary"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/store/codec"
)

func dayOf(t time.Time) uint32 { return uint32(max(t.Unix(), 0) / 86400) }

func dayKey(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

// readDay is the day under a key; one without records is empty.
func readDay(b *bbolt.Bucket, key []byte) (codec.Day, error) {
	v := b.Get(key)
	if v == nil {
		return codec.Day{}, nil
	}
	return codec.DecodeDay(key, v)
}

// count adds n records of a class to the day of t.
func (w *write) count(t time.Time, kind, class string, n int64) error {
	w.touched++
	number := dayOf(t)
	d := w.days[number]
	if d == nil {
		key := dayKey(number)
		var err error
		if d, err = readDay(w.tx.Bucket(bucketDays), key); err != nil {
			return err
		}
		w.days[number] = d
	}
	c := codec.DayClass{Kind: kind, Class: class}
	if d[c] += n; d[c] == 0 {
		delete(d, c)
	}
	return nil
}
