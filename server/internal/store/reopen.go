package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
)

// failed is called when a commit did not reach the disk. What the kernel holds
// of the file in memory may then differ from the disk, and it forgets that a
// sync failed; so the file is closed, forgotten, read again and checked before
// anything is stored or shown again. It runs on the committer's goroutine:
// writes wait meanwhile, and fail if the file does not come back.
func (s *Store) failed(err error) {
	var coded *mango.Error
	if errors.As(err, &coded) {
		return // refused by our own code before the disk was asked
	}
	s.cfg.Log.Error("a write failed; the database is opened again", "error", err)
	s.endLongReads()
	db := s.setDown(mango.StoreRecovering, err)
	if db == nil {
		return // a reader found it broken, and it is being opened again (lose)
	}
	_ = db.Close() // the file is forgotten in any case
	if err := s.reopen(); err != nil {
		s.reopenLater(err)
		return
	}
	s.cfg.Log.Info("the database works again")
	if errors.Is(err, ErrDamaged) {
		s.suspect(err)
	}
}

// lose takes a broken database away, on the goroutine of a reader that found
// it; it is opened again in the background.
func (s *Store) lose(db *database, err error) {
	s.mu.Lock()
	mine := s.db == db
	if mine {
		s.db, s.state, s.why = nil, mango.StoreRecovering, err
	}
	s.mu.Unlock()
	if !mine {
		return
	}
	s.cfg.Log.Error("the database is damaged where nothing can go on; it is opened again", "error", err)
	s.endLongReads()
	_ = db.Close() // at once: it is broken
	s.reopenLater(err)
}

// reopenAlone opens the database again unless somebody has.
func (s *Store) reopenAlone() error {
	s.maintenance.Lock()
	defer s.maintenance.Unlock()
	s.committing.Lock()
	defer s.committing.Unlock()
	if s.isUp() {
		return nil
	}
	return s.reopen()
}

// reopen opens the file afresh, from the disk and not from memory. The caller
// holds committing: two at a time would lock each other out.
func (s *Store) reopen() error {
	dropCache(s.path)
	db, err := s.openFile()
	if err != nil {
		s.logBug(err)
		s.setDown(mango.StoreIsDown, err)
		return err
	}
	if err := s.use(db); err != nil {
		_ = db.Close()
		s.setDown(mango.StoreIsDown, err)
		return err
	}
	return nil
}

// dropCache asks the kernel to forget the pages of a file that are clean.
func dropCache(path string) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// suspect notes that a part of the file could not be read, and repairs it with
// Config.SelfRepair. It may be called under any lock but s.mu. Where the evidence
// was a panic alone, the file is looked through: it may be sound.
func (s *Store) suspect(err error) {
	text := err.Error()
	s.mu.Lock()
	known := s.damaged || s.db == nil // down: somebody is at it already
	logged := s.met[text] || len(s.met) >= mostMet
	s.damaged = true
	if !logged {
		if s.met == nil {
			s.met = map[string]bool{}
		}
		s.met[text] = true
	}
	s.mu.Unlock()
	var p *panicked
	if !logged {
		about := []any{"error", err, "self_repair", s.cfg.SelfRepair}
		if errors.As(err, &p) {
			about = append(about, "stack", string(p.stack))
		}
		s.cfg.Log.Error("a part of the database cannot be read", about...)
	}
	switch {
	case known:
	case s.cfg.SelfRepair:
		s.inBackground(func(ctx context.Context) {
			if _, err := s.Repair(ctx, nil); err != nil && ctx.Err() == nil {
				s.cfg.Log.Error("cannot repair the database", "error", err)
			}
		})
	case p != nil:
		s.inBackground(func(ctx context.Context) {
			switch err := s.Check(ctx, nil); {
			case err == nil:
				s.sound()
				s.cfg.Log.Info("the database was looked through and is sound")
			case ctx.Err() == nil:
				s.cfg.Log.Error("the database was looked through", "error", err)
			}
		})
	}
}

const mostMet = 20 // faults that are logged one by one

// sound takes a suspicion back.
func (s *Store) sound() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.damaged, s.met = false, nil
}

// reopenLater tries to open the database again until it works or the store is
// closed; a damaged one is repaired with Config.SelfRepair. One such attempt runs at
// a time.
func (s *Store) reopenLater(err error) {
	if !s.reopening.CompareAndSwap(false, true) {
		return
	}
	s.inBackground(func(ctx context.Context) {
		defer func() {
			s.reopening.Store(false)
			if ctx.Err() == nil && !s.isUp() { // it went down again just now
				s.reopenLater(s.cause())
			}
		}()
		for wait, first := time.Second, true; ; wait, first = min(2*wait, 30*time.Second), false {
			repair := errors.Is(err, ErrDamaged) && s.cfg.SelfRepair
			if !repair || !first {
				select {
				case <-ctx.Done():
					return
				case <-time.After(wait):
				}
			}
			if repair {
				_, err = s.Repair(ctx, nil)
			} else {
				err = s.reopenAlone()
			}
			if err == nil {
				s.cfg.Log.Info("the database works again")
				return
			}
			if ctx.Err() != nil {
				return
			}
			s.cfg.Log.Error("the database still cannot be opened", "error", err, "next_try", wait.String())
		}
	})
}

// writableLater waits until a disk that could only be read takes writes again,
// as after a remount, and opens the database anew then.
func (s *Store) writableLater() {
	s.cfg.Log.Error("the disk is read-only: what is stored can be read, nothing is stored", "file", s.path)
	s.inBackground(func(ctx context.Context) {
		for wait := 100 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
			if disk.Writable(dirOf(s.path)) != nil {
				continue
			}
			if err := s.alone(func() error { return s.swap(s.lock.Again) }); err != nil {
				s.reopenLater(err)
			} else {
				s.cfg.Log.Info("the disk can be written again")
			}
			return // opened anew it either is writable or waits by itself
		}
	})
}

func (s *Store) cause() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.why
}

func (s *Store) isUp() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.db != nil
}

// inBackground runs f until it ends; its context ends with the store. After
// Close it does nothing.
func (s *Store) inBackground(f func(ctx context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		return
	}
	s.background.Go(func() {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go func() {
			select {
			case <-s.stop:
				cancel()
			case <-ctx.Done():
			}
		}()
		if err := guarded(func() error { f(ctx); return nil }); err != nil {
			s.logBug(err)
		}
	})
}

// scrubLater checks every page and value once, in the background.
func (s *Store) scrubLater() {
	s.inBackground(func(ctx context.Context) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(5 * time.Second): // let the first requests pass
		}
		begun := time.Now()
		if err := s.Check(ctx, nil); err != nil {
			if errors.Is(err, ErrDamaged) {
				s.suspect(fmt.Errorf("the check after the start: %w", err))
			}
			return
		}
		s.cfg.Log.Info("database checked", "milliseconds", time.Since(begun).Milliseconds())
	})
}
