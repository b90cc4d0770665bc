package store

import (
	"context"
	"errors"
	"syscall"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/commit"
)

// update runs apply in a write transaction and returns when it is durable.
// apply may run more than once, each time on a clean transaction: it must not
// leave anything behind but through w. It must decide what can be refused
// before it changes anything.
func (s *Store) update(ctx context.Context, apply func(*write) error) error {
	err := s.writes.Do(ctx, apply)
	if errors.Is(err, commit.ErrClosed) {
		return down(ErrClosed)
	}
	return err
}

func (s *Store) newQueue() *commit.Queue[*write] {
	return commit.New(commit.Config[*write]{Batch: s.cfg.Batch, Gather: s.cfg.Gather, Try: s.try, Answered: s.reportFreed})
}

// reportFreed names the photos that lost their last record, under no lock: what is
// called is not our code.
func (s *Store) reportFreed() {
	s.committing.Lock()
	freed := s.freed
	s.freed = nil
	s.committing.Unlock()
	if len(freed) == 0 || s.cfg.Freed == nil {
		return
	}
	if err := guarded(func() error { s.cfg.Freed(freed); return nil }); err != nil {
		s.logBug(err)
	}
}

var errRefused = errors.New("refused")

// try is commit for room commit, whose goroutine has no other net under it.
func (s *Store) try(writes []func(*write) error) (refused []error, err error) {
	var p *panicked
	fault := guarded(func() error {
		refused, err = s.commit(writes)
		return nil
	})
	if errors.As(fault, &p) {
		s.logBug(p)
		return nil, mango.Wrap(mango.Internal, p, somethingWrong)
	}
	return refused, err
}

// commit runs writes in one transaction.
func (s *Store) commit(writes []func(*write) error) (refused []error, err error) {
	s.committing.Lock()
	defer s.committing.Unlock()
	s.mu.RLock()
	db, why := s.db, s.why
	s.mu.RUnlock()
	if db == nil {
		return nil, down(why)
	}
	if db.IsReadOnly() {
		return nil, disk.Fault(syscall.EROFS)
	}
	if err := s.inPlace(); err != nil {
		return nil, down(err)
	}
	var w *write
	bad, done := -1, 0
	refused = make([]error, len(writes))
	err = db.Update(func(tx *bbolt.Tx) error {
		var err error
		if w, err = s.begin(tx); err != nil {
			return err
		}
		for i, apply := range writes {
			touched := w.touched
			err := guarded(func() error { return apply(w) })
			var p *panicked
			switch {
			case err == nil:
				done++
			case w.touched == touched && !errors.As(err, &p):
				refused[i] = err
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
	switch own := errors.Is(err, ErrDamaged) || errors.Is(err, errBug); {
	case db.broken.Load():
		s.failed(err)
		return nil, s.answer(err)
	case bad >= 0:
		return nil, &commit.Broken{Index: bad, Err: disk.Fault(s.answer(err))}
	case own && len(writes) > 1:
		return nil, commit.ErrApart // not all of them need what could not be read
	case own:
		return nil, s.answer(err) // it was taken back; the file is as it was
	case err != nil && err != errRefused:
		s.failed(err)
		return nil, disk.Fault(err)
	}
	if err == nil {
		s.committed.Add(1)
		s.written.Add(int64(done))
		s.captured.add(w.journal)
	}
	s.afterCommit(db, w)
	if err := s.inPlace(); err != nil { // removed just now: it is not known to last
		return nil, down(err)
	}
	for i := range refused {
		refused[i] = s.answer(refused[i])
	}
	return refused, nil
}

// afterCommit brings the small tables up to date. Where that fails they are read
// again: what is on the disk counts.
func (s *Store) afterCommit(db *database, w *write) {
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
