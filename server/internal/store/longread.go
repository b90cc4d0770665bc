package store

import (
	"context"
	"errors"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// longRead runs f on a snapshot that may stay open for minutes (backup, check)
// without keeping anybody from swapping the database: its context ends when the
// database is about to be closed, and f must soon return then.
func (s *Store) longRead(ctx context.Context, f func(ctx context.Context, tx *bbolt.Tx) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.RLock()
	db, why, end := s.db, s.why, s.longEnd
	s.mu.RUnlock()
	if db == nil {
		return down(why)
	}
	tx, err := db.snapshot()
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return down(errRepairing) // it was closed just now
	}
	if err != nil {
		if db.broken.Load() {
			s.lose(db, err)
		}
		return err
	}
	defer db.release(tx)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-end:
		case <-s.stop:
		case <-stop:
			return
		}
		cancel()
	}()
	return guarded(func() error { return f(ctx, tx) })
}

// endLongReads tells all of them to end.
func (s *Store) endLongReads() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.longEnd)
	s.longEnd = make(chan struct{})
}
