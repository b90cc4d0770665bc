package store

import (
	"context"
	"errors"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/repair"
)

// patrolEvery is how often the inner pages are followed while the database is open.
// A page that the disk gives back as another may lead to a page above it, and bbolt
// follows such a circle until the memory is full. A page in memory cannot turn into
// another one; one that nobody has asked for lately is read from the disk again, and
// mostly by the patrol, which asks for all of them every minute.
const patrolEvery = time.Minute

// patrolLater patrols until the store closes.
func (s *Store) patrolLater() {
	s.inBackground(func(ctx context.Context) {
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(patrolEvery):
				s.patrol(ctx)
			}
		}
	})
}

// patrol looks whether the file is still there and follows its inner pages once. A database with a circle is taken away, as
// one is not opened that has it.
func (s *Store) patrol(ctx context.Context) {
	s.committing.Lock()
	err := s.inPlace()
	s.committing.Unlock()
	if err != nil {
		return // what lies at the path is not what serves
	}
	s.mu.RLock()
	db := s.db
	s.mu.RUnlock()
	err = s.longRead(ctx, func(_ context.Context, tx *bbolt.Tx) error {
		return repair.VerifySnapshotBranches(s.path, uint64(tx.ID()))
	})
	switch {
	case errors.Is(err, repair.ErrCircle) && db != nil:
		db.broken.Store(true) // nothing begins in it any more
		s.lose(db, err)
	case errors.Is(err, ErrDamaged) && mango.CodeOf(err) != mango.StoreDown:
		s.suspect(err)
	}
}
