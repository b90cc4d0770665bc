package store

import (
	"context"

	"go.etcd.io/bbolt"
)

// longRead runs f on a snapshot that may stay open for minutes (backup, check)
// without keeping anybody from swapping the database: its context ends when the
// database is about to be closed, and f must soon return then.
func (s *Store) longRead(ctx context.Context, f func(ctx context.Context, tx *bbolt.Tx) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.RLock()
	if s.db == nil {
		defer s.mu.RUnlock()
		return down(s.why)
	}
	tx, err := s.db.Begin(false)
	end := s.longEnd
	s.mu.RUnlock()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
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
	if s.longEnd != nil {
		close(s.longEnd)
	}
	s.longEnd = make(chan struct{})
}
