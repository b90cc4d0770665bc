package diagnose

import (
	"container/list"
	"context"

	"mangosense/server/internal/ordered"
)

// Admission bounds what is decoded and run at one time: a number of photos and
// the sum of the memory that their headers foretell. Whoever does not fit waits
// in a queue of bounded length, first come, first served: a heavy photo is not
// overtaken for ever by light ones.
type Admission struct {
	running int   // places
	queue   int   // waiting places
	memory  int64 // bytes for all decodes together

	mu      ordered.Mutex[ordered.Admission]
	inUse   int
	bytes   int64
	waiting list.List // of *waiter
	closed  bool
}

type waiter struct {
	weight int64
	ready  chan struct{} // closed once admitted, or once the admission closes
	in     bool          // guarded by Admission.mu
}

// NewAdmission bounds running photos, waiting photos and the decode memory of
// the running ones in bytes.
func NewAdmission(running, queue int, memory int64) *Admission {
	return &Admission{running: max(1, running), queue: max(0, queue), memory: memory}
}

// Enter waits for a place for a photo whose decoding takes weight bytes. The
// caller must Leave with the same weight when err is nil.
//
// Errors: ErrTooHeavy (it can never fit), ErrBusy (queue full, at once),
// ErrClosed, or the context's.
func (a *Admission) Enter(ctx context.Context, weight int64) error {
	if weight > a.memory {
		return ErrTooHeavy
	}
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return ErrClosed
	}
	if a.waiting.Len() == 0 && a.fits(weight) {
		a.take(weight)
		a.mu.Unlock()
		return nil
	}
	if a.waiting.Len() >= a.queue {
		a.mu.Unlock()
		return ErrBusy
	}
	w := &waiter{weight: weight, ready: make(chan struct{})}
	place := a.waiting.PushBack(w)
	a.mu.Unlock()

	select {
	case <-w.ready:
		a.mu.Lock()
		defer a.mu.Unlock()
		if !w.in {
			return ErrClosed
		}
		return nil
	case <-ctx.Done():
		a.mu.Lock()
		defer a.mu.Unlock()
		if w.in { // admitted in the same moment: give the place on
			a.give(weight)
			return ctx.Err()
		}
		if !a.closed {
			a.waiting.Remove(place)
			a.wake() // it may have stood before lighter ones
		}
		return ctx.Err()
	}
}

// Leave gives a place back.
func (a *Admission) Leave(weight int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.give(weight)
}

// Load is how many photos run and wait, and the decode bytes of the running.
func (a *Admission) Load() (running, waiting int, bytes int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.inUse, a.waiting.Len(), a.bytes
}

// Close refuses everyone who waits or comes; who is in may finish.
func (a *Admission) Close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	a.closed = true
	for e := a.waiting.Front(); e != nil; e = e.Next() {
		close(e.Value.(*waiter).ready)
	}
	a.waiting.Init()
}

func (a *Admission) fits(weight int64) bool {
	return a.inUse < a.running && a.bytes+weight <= a.memory
}

func (a *Admission) take(weight int64) {
	a.inUse++
	a.bytes += weight
}

func (a *Admission) give(weight int64) {
	a.inUse--
	a.bytes -= weight
	a.wake()
}

// wake admits from the front of the queue as long as the first one fits.
func (a *Admission) wake() {
	for e := a.waiting.Front(); e != nil; e = a.waiting.Front() {
		w := e.Value.(*waiter)
		if !a.fits(w.weight) {
			return
		}
		a.waiting.Remove(e)
		a.take(w.weight)
		w.in = true
		close(w.ready)
	}
}
