package diagnose

import (
	"container/list"
	"context"
	"fmt"
	"runtime"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
)

// Admission bounds what is decoded and run at one time: the number of photos, and
// the memory that their headers predict. Other photos wait in a bounded queue.
//
// The queue is fair by client and by work (start-time fair queueing): thirty heavy
// photos of one client delay another client's by one of them, not by thirty. One
// client's photos keep their order, and the first in the queue is not overtaken by
// a lighter one that would fit. When the queue is full, its last photo is refused
// in favour of a client that has had less work.
type Admission struct {
	running int   // places
	queue   int   // waiting places
	memory  int64 // bytes for all decodes together

	mu      ordered.Mutex[ordered.Admission]
	inUse   int
	bytes   int64
	waiting list.List                // of *waiter, the next one first
	work    time.Duration            // of the waiting
	served  time.Duration            // the start tag of the last one admitted
	had     map[string]time.Duration // by client: the tag at which its work so far ends
	closed  bool
}

// LineLimits say so in docs/limits.md.
var LineLimits = []mango.Limit{
	{Of: "photos at work", Bound: "`RUNNING`, `DECODE_MEMORY` together", Then: "the others wait in line"},
	{Of: "the line", Bound: "`QUEUE`", Then: "503 for whoever has had most processor time; `Retry-After` is what the line will take"},
	{Of: "a client's place in the line", Bound: fmt.Sprintf("behind the processor time that it has had; without an account that counts %d times", guestTimes), Then: "another's photo goes first"},
}

// Ticket is what a photo asks for.
type Ticket struct {
	Bytes  int64         // memory for decoding
	Work   time.Duration // processor time, predicted
	Client string        // who it is charged to
	Guest  bool          // without an account: has a smaller share
}

// guestTimes multiplies a guest's work in the queue.
const guestTimes = 4

// clientsKept is how many clients' tags are kept while photos wait.
const clientsKept = 1024

// charge is the ticket's work as the line counts it; the least is for what is
// no decoding.
func (t Ticket) charge() time.Duration {
	w := max(t.Work, time.Millisecond)
	if t.Guest {
		w *= guestTimes
	}
	return w
}

type waiter struct {
	ticket Ticket
	start  time.Duration
	ready  chan struct{} // closed once admitted, displaced, or the admission closes
	in     bool          // guarded by Admission.mu
	last   bool          // displaced
}

// Places is how many photos may run at one time: as chosen, else one more than
// processors, since one waits for bytes, a disk or an interpreter while the others
// keep every processor busy, and four at most.
func Places(chosen int) int {
	if chosen > 0 {
		return chosen
	}
	return min(4, runtime.GOMAXPROCS(0)+1)
}

// NewAdmission bounds running photos, waiting photos and the decode memory of
// the running ones in bytes.
func NewAdmission(running, queue int, memory int64) *Admission {
	return &Admission{running: max(1, running), queue: max(0, queue), memory: memory, had: map[string]time.Duration{}}
}

// Enter waits for a place. The caller must Leave with the same ticket when err
// is nil.
//
// Errors: ErrTooHeavy (it can never fit), ErrBusy (the queue is full, or its place
// went to a client that has had less work), ErrClosed, or the context's.
func (a *Admission) Enter(ctx context.Context, t Ticket) error {
	if t.Bytes > a.memory {
		return ErrTooHeavy
	}
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return ErrClosed
	}
	start := max(a.served, a.had[t.Client])
	if a.waiting.Len() == 0 && a.fits(t) {
		a.charge(t, start)
		a.take(t, start)
		a.mu.Unlock()
		return nil
	}
	if a.waiting.Len() >= a.queue && !a.displace(start) {
		a.mu.Unlock()
		return ErrBusy
	}
	a.charge(t, start)
	w := &waiter{ticket: t, start: start, ready: make(chan struct{})}
	place := a.stand(w)
	a.mu.Unlock()

	select {
	case <-w.ready:
		a.mu.Lock()
		defer a.mu.Unlock()
		switch {
		case w.in:
			return nil
		case w.last:
			return ErrBusy
		}
		return ErrClosed
	case <-ctx.Done():
		a.mu.Lock()
		defer a.mu.Unlock()
		if w.in { // admitted at the same moment: pass the place on
			a.give(t)
			return ctx.Err()
		}
		if !a.closed && !w.last {
			a.remove(place)
			a.wake() // it may have stood before lighter ones
		}
		return ctx.Err()
	}
}

// Leave gives a place back. took is the processor time used; it moves the client's
// next photos back accordingly.
func (a *Admission) Leave(t Ticket, took time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, known := a.had[t.Client]; known && took > t.Work {
		more := t
		more.Work = took - t.Work
		a.had[t.Client] += more.charge()
	}
	a.give(t)
	if a.inUse == 0 && a.waiting.Len() == 0 { // nobody waits
		clear(a.had)
		a.served = 0
	}
}

// Load is how many photos run and wait, and the decode bytes of the running.
func (a *Admission) Load() (running, waiting int, bytes int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.inUse, a.waiting.Len(), a.bytes
}

// Backlog is the predicted time of everything that waits.
func (a *Admission) Backlog() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.work / time.Duration(a.running)
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
	a.work = 0
}

// charge adds the work to t's client; a.mu is held.
func (a *Admission) charge(t Ticket, start time.Duration) {
	if len(a.had) >= clientsKept {
		a.forget()
	}
	a.had[t.Client] = start + t.charge()
}

// forget drops the clients that have had no more than the mean: they lose
// nothing but a small debt.
func (a *Admission) forget() {
	sum := time.Duration(0)
	for _, tag := range a.had {
		sum += max(tag-a.served, 0)
	}
	mean := sum / time.Duration(len(a.had)) // rounded down: one at least has no more
	for client, tag := range a.had {
		if tag-a.served <= mean {
			delete(a.had, client)
		}
	}
}

// stand puts w behind everybody whose tag is not later.
func (a *Admission) stand(w *waiter) *list.Element {
	a.work += w.ticket.Work
	for e := a.waiting.Back(); e != nil; e = e.Prev() {
		if e.Value.(*waiter).start <= w.start {
			return a.waiting.InsertAfter(w, e)
		}
	}
	return a.waiting.PushFront(w)
}

// displace refuses the last in the queue if it is behind start.
func (a *Admission) displace(start time.Duration) bool {
	e := a.waiting.Back()
	if e == nil || e.Value.(*waiter).start <= start {
		return false
	}
	w := e.Value.(*waiter)
	a.remove(e)
	a.had[w.ticket.Client] -= w.ticket.charge()
	w.last = true
	close(w.ready)
	return true
}

func (a *Admission) remove(e *list.Element) {
	a.work -= e.Value.(*waiter).ticket.Work
	a.waiting.Remove(e)
}

func (a *Admission) fits(t Ticket) bool {
	return a.inUse < a.running && a.bytes+t.Bytes <= a.memory
}

func (a *Admission) take(t Ticket, start time.Duration) {
	a.inUse++
	a.bytes += t.Bytes
	a.served = max(a.served, start)
}

func (a *Admission) give(t Ticket) {
	a.inUse--
	a.bytes -= t.Bytes
	a.wake()
}

// wake admits from the front of the queue as long as the first photo fits.
func (a *Admission) wake() {
	for e := a.waiting.Front(); e != nil; e = a.waiting.Front() {
		w := e.Value.(*waiter)
		if !a.fits(w.ticket) {
			return
		}
		a.remove(e)
		a.take(w.ticket, w.start)
		w.in = true
		close(w.ready)
	}
}
