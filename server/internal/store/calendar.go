package store

import (
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/ordered"
	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/counted"
)

// The wall clock may be years ahead until somebody sets it right. Whatever is
// deleted because of its age is therefore judged by a date that follows the wall
// clock slowly: an hour of running moves it by a day at most, and it never
// passes the wall clock. A clock that is ten years ahead for an hour makes
// nothing older than a day; a server that was off for a month is up to date
// after thirty hours. The date is kept in the file, so that a restart moves it
// no faster.
const (
	catchUp   = 24        // times as fast as time passes
	noteEvery = time.Hour // of the date; a restart loses less than this
)

// earliest is a date before which nothing of this program was stored: a clock
// that shows less was never set.
var earliest = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

var keyDate = []byte("date")

// calendar keeps the date by which things are old enough to go.
type calendar struct {
	now     func() time.Time
	elapsed func() time.Duration

	mu    ordered.Mutex[ordered.StoreCalendar]
	date  time.Time
	at    time.Duration // elapsed when date was last moved
	noted time.Time     // what the file says
}

// read is called with each file that is opened. Where damage is passed over it
// takes an earlier date: then nothing is old too soon.
func (c *calendar) read(tx *bbolt.Tx, passOver func(error) bool) error {
	date, err := readDate(tx)
	if err != nil && !passOver(err) {
		return err
	}
	noted := date
	if date.IsZero() {
		date, err = c.first(tx)
		if err != nil && passOver(err) {
			date, err = earliest, nil
		}
		if err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if date.After(c.date) {
		c.date, c.at = date, c.elapsed()
	}
	c.noted = noted
	return nil
}

func readDate(tx *bbolt.Tx) (time.Time, error) {
	v := tx.Bucket(bucketMeta).Get(keyDate)
	if v == nil {
		return time.Time{}, nil
	}
	return codec.DecodeDate(keyDate, v)
}

// first is the date for a file that has none: that of the newest record, unless
// the wall clock is behind it.
func (c *calendar) first(tx *bbolt.Tx) (time.Time, error) {
	date := c.now()
	lists, err := counted.New(tx).Choose(familyEvery, nil)
	if err != nil {
		return date, err
	}
	entries, err := counted.All(lists...).Page(0, 1)
	if err != nil {
		return date, err
	}
	if len(entries) > 0 {
		if newest := time.UnixMilli(entries[0].At); newest.Before(date) {
			date = newest
		}
	}
	if date.Before(earliest) {
		date = earliest
	}
	return date, nil
}

// today is the date by which things are old enough to go.
func (c *calendar) today() time.Time {
	wall, elapsed := c.now(), c.elapsed()
	c.mu.Lock()
	defer c.mu.Unlock()
	date := c.date.Add(catchUp * (elapsed - c.at))
	c.at = elapsed
	switch {
	case wall.Before(c.date): // set back: it waits
		return wall
	case wall.Before(date):
		date = wall
	}
	c.date = date
	return date
}

// due is the date if it should be written to the file, else zero.
func (c *calendar) due() time.Time {
	c.today()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.date.Sub(c.noted) < noteEvery {
		return time.Time{}
	}
	return c.date
}

func (c *calendar) wrote(date time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noted = date
}

// noteDate writes the date along with whatever a transaction writes.
func (w *write) noteDate() error {
	date := w.s.calendar.due()
	if date.IsZero() {
		return nil
	}
	if err := w.put(bucketMeta, keyDate, codec.EncodeDate(keyDate, date)); err != nil {
		return err
	}
	w.onCommit(func() { w.s.calendar.wrote(date) })
	return nil
}
