package commit

import (
	"context"
	"sync"
	"time"
)

// Config says how to commit. Try is required.
type Config[T any] struct {
	// Batch is the most writes that share a transaction. 0: 512.
	Batch int
	// Gather bounds the wait for company after a batch that had some. 0: none.
	Gather time.Duration
	// Try runs writes in one transaction and returns when it is durable. refused
	// has the error of each write that was refused before it changed anything, nil
	// for the others; it counts if err is nil. err is the error of all, a *Broken,
	// or ErrApart for more than one write.
	Try func(writes []func(T) error) (refused []error, err error)
	// Answered is called when the writes of a batch have their answers. May be nil.
	Answered func()
}

// Queue takes writes from any number of goroutines.
type Queue[T any] struct {
	cfg     Config[T]
	queue   chan *request[T]
	stop    chan struct{} // closed by Close
	stopped chan struct{} // closed by the goroutine
	starts  sync.Once
	closes  sync.Once
}

type request[T any] struct {
	run  func(T) error
	done chan error
}

// New makes a queue. Nothing is committed before Start.
func New[T any](cfg Config[T]) *Queue[T] {
	if cfg.Batch <= 0 {
		cfg.Batch = 512
	}
	return &Queue[T]{cfg: cfg, queue: make(chan *request[T], cfg.Batch), stop: make(chan struct{}), stopped: make(chan struct{})}
}

// Start begins to commit. Idempotent.
func (q *Queue[T]) Start() { q.starts.Do(func() { go q.loop() }) }

// Close waits until what is queued is answered. Idempotent.
func (q *Queue[T]) Close() {
	q.closes.Do(func() {
		close(q.stop)
		q.starts.Do(func() { close(q.stopped) }) // never started
	})
	<-q.stopped
}

// Do runs write in a transaction that others may share, and returns when that is
// durable. A write that is refused must be so before it changes anything.
func (q *Queue[T]) Do(ctx context.Context, write func(T) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request[T]{done: make(chan error, 1), run: func(t T) error {
		if err := ctx.Err(); err != nil { // while it was queued
			return err
		}
		return write(t)
	}}
	select {
	case q.queue <- r:
	case <-q.stop:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-r.done:
		return err
	case <-q.stopped:
		select {
		case err := <-r.done:
			return err
		default:
			return ErrClosed // queued when the goroutine was gone already
		}
	}
}

func (q *Queue[T]) loop() {
	defer close(q.stopped)
	last := 0
	for {
		select {
		case <-q.stop:
			q.drain()
			return
		case r := <-q.queue:
			batch := q.gather(r, last)
			last = len(batch)
			q.commit(batch)
		}
	}
}

// drain commits what is queued when the queue closes.
func (q *Queue[T]) drain() {
	for {
		select {
		case r := <-q.queue:
			q.commit(q.gather(r, 1))
		default:
			return
		}
	}
}

// gather takes all that wait, and waits for as many as expected.
func (q *Queue[T]) gather(first *request[T], expected int) []*request[T] {
	batch := append(make([]*request[T], 0, max(expected, 8)), first)
	expected = min(expected, q.cfg.Batch)
	var timer <-chan time.Time
	for len(batch) < q.cfg.Batch {
		select {
		case r := <-q.queue:
			batch = append(batch, r)
			continue
		default:
		}
		if len(batch) >= expected {
			return batch
		}
		if timer == nil {
			timer = time.After(q.cfg.Gather)
		}
		select {
		case r := <-q.queue:
			batch = append(batch, r)
		case <-timer:
			return batch
		}
	}
	return batch
}
