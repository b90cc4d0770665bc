package store

import "context"

// Report says what a repair found.
type Report struct{}

// Repair mends.
func (s *Store) Repair(ctx context.Context, progress Progress) (Report, error) {
	return s.mendFile(ctx, progress)
}

func (s *Store) mendFile(ctx context.Context, progress Progress) (Report, error) {
	return Report{}, ErrDamaged
}
