package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"syscall"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
)

// Group commit. One goroutine, the committer, owns all writing. It takes the
// first request and at once every other that waits, applies them in one
// transaction, and syncs once for all. While it syncs, the next batch gathers
// by itself, so a lone request waits for nobody. Only when the batch before
// held several does the committer wait a moment (Config.Gather) for the same
// company again: clients that were answered together ask together.

type request struct {
	ctx   context.Context
	apply func(*write) error
	done  chan error
	ran   bool
}

// update runs apply in a write transaction and returns when it is durable.
// apply may run more than once, each time on a clean transaction: it must not
// leave anything behind but through w. It must decide what can be refused
// before it changes anything.
func (s *Store) update(ctx context.Context, apply func(*write) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request{ctx: ctx, apply: apply, done: make(chan error, 1)}
	select {
	case s.queue <- r:
	case <-s.stop:
		return down(ErrClosed)
	case <-ctx.Done():
		return ctx.Err()
	}
	// From here on the answer is awaited even if ctx ends: the caller must
	// know whether its write happened, and its values are in use until then.
	select {
	case err := <-r.done:
		return err
	case <-s.stopped:
		select {
		case err := <-r.done:
			return err
		default:
			return down(ErrClosed)
		}
	}
}

func (s *Store) commitLoop() {
	defer close(s.stopped)
	var last int
	for {
		select {
		case <-s.stop:
			s.drain()
			return
		case r := <-s.queue:
			batch := s.gather(r, last)
			last = len(batch)
			s.commit(batch)
		}
	}
}

// drain finishes what is queued when the store closes.
func (s *Store) drain() {
	for {
		select {
		case r := <-s.queue:
			s.commit(s.gather(r, 1))
		default:
			return
		}
	}
}

func (s *Store) gather(first *request, expected int) []*request {
	batch := append(make([]*request, 0, max(expected, 8)), first)
	expected = min(expected, s.cfg.Batch)
	var timer <-chan time.Time
	for len(batch) < s.cfg.Batch {
		select {
		case r := <-s.queue:
			batch = append(batch, r)
			continue
		default:
		}
		if len(batch) >= expected {
			return batch
		}
		if timer == nil {
			timer = time.After(s.cfg.Gather)
		}
		select {
		case r := <-s.queue:
			batch = append(batch, r)
		case <-timer:
			return batch
		}
	}
	return batch
}

// commit answers every request of the batch.
func (s *Store) commit(batch []*request) {
	s.committing.Lock()
	defer s.committing.Unlock()
	for len(batch) > 0 {
		bad, err := s.commitOnce(batch)
		if bad < 0 {
			for _, r := range batch {
				if err != nil { // else each has its own answer already
					r.done <- err
				}
			}
			return
		}
		// One request broke the transaction: it alone fails, the others start
		// again without it.
		batch[bad].done <- err
		batch = append(batch[:bad:bad], batch[bad+1:]...)
	}
}

var errRefused = errors.New("refused")

// commitOnce tries the batch. bad ≥ 0 names the request whose changes must go;
// else err is the outcome of all. Requests that fail before they change
// anything are answered here and taken out by marking them.
func (s *Store) commitOnce(batch []*request) (bad int, err error) {
	bad = -1
	s.mu.RLock()
	db, why := s.db, s.why
	s.mu.RUnlock()
	if db == nil {
		return -1, down(why)
	}
	if db.IsReadOnly() {
		return -1, disk.Fault(syscall.EROFS)
	}
	var w *write
	refused := map[*request]error{}
	err = guarded(func() error {
		return db.Update(func(tx *bbolt.Tx) error {
			var err error
			if w, err = s.begin(tx); err != nil {
				return err
			}
			for i, r := range batch {
				touched := w.touched
				err := r.ctx.Err()
				if err == nil || r.ran {
					err = r.apply(w)
				}
				switch {
				case err == nil:
				case w.touched == touched:
					refused[r] = err
				default:
					bad = i
					return err
				}
			}
			if w.touched == 0 {
				return errRefused // nothing to write
			}
			if err := w.noteDate(); err != nil {
				return err
			}
			return w.flush()
		})
	})
	if bad >= 0 && !errors.Is(err, ErrDamaged) {
		return bad, disk.Fault(err)
	}
	if err == nil || err == errRefused {
		if err == nil {
			s.commits.Add(1)
			s.writes.Add(int64(len(batch) - len(refused)))
			s.captured.add(w.journal)
		}
		for _, f := range w.after {
			f()
		}
		if len(w.freed) > 0 && s.cfg.Freed != nil {
			s.cfg.Freed(w.freed)
		}
		for _, r := range batch {
			r.done <- refused[r]
		}
		return -1, nil
	}
	s.failed(err)
	return -1, disk.Fault(err)
}

// guarded turns the panics of a damaged file, and the fault of a page that the
// disk cannot read, into errors.
func guarded(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	return f()
}

// read runs f in a read transaction. f must copy what it keeps.
func (s *Store) read(f func(*bbolt.Tx) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.db == nil {
		return down(s.why)
	}
	err := guarded(func() error { return s.db.View(f) })
	if err == nil {
		return nil
	}
	if errors.Is(err, ErrDamaged) || errors.Is(err, errSeal) || errors.Is(err, errShort) {
		s.suspect(err)
		return mango.Wrap(mango.StoreFailed, err, "What was asked for cannot be read from the disk.")
	}
	return err
}
