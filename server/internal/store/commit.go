package store

import (
	"context"
	"errors"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"mangosense/server/internal/disk"
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
	s.commitAll(batch)
	freed := s.freed
	s.freed = nil
	s.committing.Unlock()
	if len(freed) > 0 && s.cfg.Freed != nil { // under no lock: it is not our code
		if err := guarded(func() error { s.cfg.Freed(freed); return nil }); err != nil {
			s.logBug(err)
		}
	}
}

func (s *Store) commitAll(batch []*request) {
	for len(batch) > 0 {
		bad, err := s.commitOnce(batch)
		switch {
		case bad >= 0:
			// One request broke the transaction: it alone fails, the others
			// start again without it.
			batch[bad].done <- err
			batch = append(batch[:bad:bad], batch[bad+1:]...)
			continue
		case err == errTogether:
			// Not all of them need what could not be read.
			for _, r := range batch {
				s.commitAll([]*request{r})
			}
		case err != nil: // else each has its own answer already
			for _, r := range batch {
				r.done <- err
			}
		}
		return
	}
}

var errTogether = errors.New("the batch cannot be committed together")

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
	err = db.Update(func(tx *bbolt.Tx) error {
		var err error
		if w, err = s.begin(tx); err != nil {
			return err
		}
		for i, r := range batch {
			touched := w.touched
			err := r.ctx.Err()
			if err == nil {
				err = guarded(func() error { return r.apply(w) })
			}
			var p *panicked
			switch {
			case err == nil:
			case w.touched == touched && !errors.As(err, &p):
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
	damaged := errors.Is(err, ErrDamaged)
	switch {
	case db.broken.Load():
		s.failed(err)
		return -1, s.answer(err)
	case bad >= 0:
		return bad, disk.Fault(s.answer(err))
	case (damaged || errors.Is(err, errBug)) && len(batch) > 1:
		return -1, errTogether
	case damaged || errors.Is(err, errBug):
		return -1, s.answer(err) // it was taken back; the file is as it was
	case err != nil && err != errRefused:
		s.failed(err)
		return -1, disk.Fault(err)
	}
	if err == nil {
		s.commits.Add(1)
		s.writes.Add(int64(len(batch) - len(refused)))
		s.captured.add(w.journal)
	}
	s.committed(db, w)
	for _, r := range batch {
		r.done <- s.answer(refused[r])
	}
	return -1, nil
}

// committed brings the small tables up to date. Where that fails they are read
// again: what is on the disk counts.
func (s *Store) committed(db *database, w *write) {
	s.freed = append(s.freed, w.freed...)
	err := guarded(func() error {
		for _, f := range w.after {
			f()
		}
		return nil
	})
	if err == nil {
		return
	}
	s.logBug(err)
	m := newMemory()
	if err := db.View(m.load); err != nil {
		_ = s.answer(err) // the old ones stay
		return
	}
	s.memory.replace(m)
}

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
