package reference

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// probePatience is how long a question about the program's state may take: less
// than any supervisor waits.
const probePatience = time.Second

// inquiry asks something that may hang, such as a stalled disk or a lock that
// nobody gives back, and answers in time all the same. One question is under way
// at a time; whoever comes meanwhile waits for the same answer.
type inquiry[T any] struct {
	ask      func() T
	patience time.Duration
	log      *slog.Logger
	open     atomic.Pointer[question[T]]
}

type question[T any] struct {
	done  chan struct{}
	value T
	ok    bool
}

func newInquiry[T any](ask func() T, log *slog.Logger) *inquiry[T] {
	return &inquiry[T]{ask: ask, patience: probePatience, log: log}
}

// answer is what ask says; ok is false when it says nothing in time, or panics.
func (p *inquiry[T]) answer() (value T, ok bool) {
	q := &question[T]{done: make(chan struct{})}
	for !p.open.CompareAndSwap(nil, q) {
		if other := p.open.Load(); other != nil {
			return p.wait(other)
		}
	}
	go func() {
		defer close(q.done)
		defer p.open.Store(nil)
		defer func() {
			if v := recover(); v != nil {
				p.log.Error("api: a health question panicked", "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			}
		}()
		q.value = p.ask()
		q.ok = true
	}()
	return p.wait(q)
}

func (p *inquiry[T]) wait(q *question[T]) (value T, ok bool) {
	timer := time.NewTimer(p.patience)
	defer timer.Stop()
	select {
	case <-q.done:
		return q.value, q.ok
	case <-timer.C:
		return value, false
	}
}
