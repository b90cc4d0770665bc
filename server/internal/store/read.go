package store

import (
	"errors"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// read runs f in a read transaction. f must copy what it keeps. No lock of ours
// is held meanwhile: a disk that does not answer holds up who asked it alone.
func (s *Store) read(f func(*bbolt.Tx) error) error {
	for {
		db, err := s.current()
		if err != nil {
			return err
		}
		err = db.View(f)
		if errors.Is(err, berrors.ErrDatabaseNotOpen) {
			continue // closed since; another one serves, or none
		}
		if err == nil {
			return nil
		}
		if db.broken.Load() {
			s.lose(db, err)
		}
		return s.answer(err)
	}
}

// current is the database that serves.
func (s *Store) current() (*database, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.db == nil {
		return nil, down(s.why)
	}
	return s.db, nil
}
