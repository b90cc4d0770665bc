package store

import (
	"encoding/binary"
	"time"
)

// day counts the records of one day (UTC) by kind and class.
type day struct {
	counts map[dayClass]int64
}

type dayClass struct{ kind, class string }

const (
	typeDay    = 'D'
	dayVersion = 1
)

func dayOf(t time.Time) uint32 { return uint32(max(t.Unix(), 0) / 86400) }

func dayKey(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

func (d *day) encode(key []byte) []byte {
	w := newWriter(typeDay, dayVersion)
	w.uint(uint64(len(d.counts)))
	for c, n := range d.counts {
		w.word(c.kind)
		w.word(c.class)
		w.int(n)
	}
	return w.seal(key)
}

func decodeDay(key, v []byte) (*day, error) {
	d := &day{counts: map[dayClass]int64{}}
	if v == nil {
		return d, nil
	}
	r, version, err := open(key, v, typeDay)
	if err != nil {
		return nil, err
	}
	if version > dayVersion {
		return nil, ErrNewer
	}
	for range r.count(3) {
		c := dayClass{r.word(), r.word()}
		d.counts[c] = r.int()
	}
	return d, r.err
}

// count adds n records of a class to the day of t.
func (w *write) count(t time.Time, kind, class string, n int64) error {
	w.touched++
	number := dayOf(t)
	d := w.days[number]
	if d == nil {
		key := dayKey(number)
		var err error
		if d, err = decodeDay(key, w.get(bucketDays, key)); err != nil {
			return err
		}
		w.days[number] = d
	}
	c := dayClass{kind, class}
	if d.counts[c] += n; d.counts[c] == 0 {
		delete(d.counts, c)
	}
	return nil
}
