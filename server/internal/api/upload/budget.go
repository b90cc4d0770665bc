package upload

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"
)

// Budget is the memory that all uploads of the process may hold together.
//
// Uploads grow while they arrive, so a full budget could leave all of them
// half received and none able to go on. Two rules prevent that: a newcomer
// starts only while a quarter is free, and the eldest upload may overdraw by
// what one upload needs at most. So one always ends, and gives back its bytes.
type Budget struct {
	patience  time.Duration
	reserve   int64 // left to those who have started
	overdraft int64 // what the eldest may take beyond the bound

	mu       sync.Mutex
	free     int64
	size     int64
	arriving list.List     // of *arrival, eldest first
	changed  chan struct{} // closed and replaced when bytes or a place come back
}

// arrival is one body on its way in.
type arrival struct {
	place *list.Element // in the budget's queue, once it holds anything
}

// NewBudget sets the bound in bytes, the most that one upload may need, and
// how long a sender may wait.
func NewBudget(bytes, largest int64, patience time.Duration) *Budget {
	return &Budget{
		patience: patience, reserve: bytes / 4, overdraft: largest + 2*step,
		free: bytes, size: bytes, changed: make(chan struct{}),
	}
}

// InUse is how many bytes uploads hold now.
func (b *Budget) InUse() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.size - b.free
}

// take waits until n more bytes may be held by a, at most the budget's patience.
func (b *Budget) take(ctx context.Context, a *arrival, n int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.grant(a, n) {
		return nil
	}
	timer := time.NewTimer(b.patience)
	defer timer.Stop()
	for {
		changed := b.changed
		b.mu.Unlock()
		var err error
		select {
		case <-changed:
		case <-timer.C:
			err = ErrNoMemory
		case <-ctx.Done():
			err = fmt.Errorf("%w: %w", ErrNoMemory, ctx.Err())
		}
		b.mu.Lock()
		if err != nil {
			return err
		}
		if b.grant(a, n) {
			return nil
		}
	}
}

// grant takes the bytes if the rules allow it; b.mu is held.
func (b *Budget) grant(a *arrival, n int64) bool {
	left := b.free - n
	switch {
	case a.place == nil && b.free < b.size && left < b.reserve:
		return false
	case a.place != nil && left < 0 && (a.place != b.arriving.Front() || left < -b.overdraft):
		return false
	}
	if a.place == nil {
		a.place = b.arriving.PushBack(a)
	}
	b.free = left
	return true
}

// arrived ends a's growth: another may be the eldest now.
func (b *Budget) arrived(a *arrival) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.place != nil {
		b.arriving.Remove(a.place)
		a.place = nil
		b.wake()
	}
}

func (b *Budget) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free += n
	b.wake()
}

func (b *Budget) wake() {
	close(b.changed)
	b.changed = make(chan struct{})
}
