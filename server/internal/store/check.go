package store

import (
	"context"

	"go.etcd.io/bbolt"
)

// Progress is told how far a long task is: done of total, in bytes or steps;
// total 0 means unknown. It may be nil and is called often.
type Progress func(done, total int64)

func (p Progress) at(done, total int64) {
	if p != nil {
		p(done, total)
	}
}

// Check reads the whole database while it serves.
func (s *Store) Check(ctx context.Context, progress Progress) error {
	return s.longRead(ctx, func(ctx context.Context, tx *bbolt.Tx) error { return nil })
}
