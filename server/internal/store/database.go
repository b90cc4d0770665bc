package store

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"mangosense/server/internal/store/repair"
)

// database is an open bbolt file that a damaged page cannot hang. bbolt takes
// its locks by hand: a panic while it begins a transaction, or while it takes
// one back, leaves them locked, and whoever comes next would wait for ever. So
// what it will look at first is looked at before, and a database in which it
// happened all the same is broken: nothing begins in it any more, and it is left
// behind without being closed.
type database struct {
	*bbolt.DB
	file   *os.File // bbolt's own; its lock goes with it
	broken atomic.Bool
}

// openDatabase is bbolt.Open.
func openDatabase(path string, o *bbolt.Options) (*database, error) {
	d := &database{}
	o.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		if d.file == nil {
			d.file = f
		}
		return f, err
	}
	err := guarded(func() (err error) {
		d.DB, err = bbolt.Open(path, 0o600, o)
		return err
	})
	if err != nil {
		if d.file != nil {
			_ = d.file.Close() // after a panic bbolt has not
		}
		return nil, err
	}
	return d, nil
}

// View and Update are bbolt's, guarded.
func (d *database) View(f func(*bbolt.Tx) error) error { return d.run(d.DB.View, f) }

// Update runs f in a write transaction; when it fails nothing has changed.
func (d *database) Update(f func(*bbolt.Tx) error) error { return d.run(d.DB.Update, f) }

func (d *database) run(transaction func(func(*bbolt.Tx) error) error, f func(*bbolt.Tx) error) error {
	if err := d.ready(); err != nil {
		return err
	}
	var tx *bbolt.Tx
	err := guarded(func() error {
		return transaction(func(t *bbolt.Tx) error { tx = t; return f(t) })
	})
	var p *panicked
	if errors.As(err, &p) && (tx == nil || tx.DB() != nil) { // it could not begin, or not end
		d.broken.Store(true)
	}
	return err
}

// snapshot begins a read transaction that the caller ends by release.
func (d *database) snapshot() (tx *bbolt.Tx, err error) {
	if err := d.ready(); err != nil {
		return nil, err
	}
	err = guarded(func() (err error) { tx, err = d.Begin(false); return err })
	if errors.Is(err, ErrDamaged) {
		d.broken.Store(true)
	}
	return tx, err
}

func (d *database) release(tx *bbolt.Tx) {
	if err := guarded(tx.Rollback); errors.Is(err, ErrDamaged) {
		d.broken.Store(true)
	}
}

var errBroken = fmt.Errorf("%w: bbolt met a damaged page where it cannot go on", ErrDamaged)

// ready says whether a transaction can begin: bbolt panics, with its locks
// locked, where neither of the two meta pages is valid.
func (d *database) ready() error {
	if d.broken.Load() {
		return errBroken
	}
	var both [2 * repair.PageSize]byte
	for range 3 { // a commit may be writing one of them just now
		if _, err := d.file.ReadAt(both[:], 0); err != nil {
			if errors.Is(err, os.ErrClosed) {
				return nil // bbolt says so itself
			}
			d.broken.Store(true)
			return fmt.Errorf("%w: the first two pages cannot be read: %w", ErrDamaged, err)
		}
		if _, ok := repair.ParseMeta(both[:repair.PageSize]); ok {
			return nil
		}
		if _, ok := repair.ParseMeta(both[repair.PageSize:]); ok {
			return nil
		}
	}
	d.broken.Store(true)
	return fmt.Errorf("%w: neither of its first two pages is valid", ErrDamaged)
}

// patience bounds how long a database that is closed waits for its readers.
const patience = 5 * time.Second

var errLeft = errors.New("the database could not be closed and was left behind")

// Close closes the file when its readers have ended. A broken one, and one that
// somebody reads for longer than patience, is left behind: its lock is given
// back, its pages stay mapped until the program ends.
func (d *database) Close() error {
	if !d.broken.Load() {
		done := make(chan error, 1)
		go func() { done <- guarded(d.DB.Close) }()
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case err := <-done:
			return err
		case <-timer.C:
		}
	}
	_ = unix.Flock(int(d.file.Fd()), unix.LOCK_UN) // by name: what is mapped keeps the lock of a file that was closed
	_ = d.file.Close()
	return errLeft
}
