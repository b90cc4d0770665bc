package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
)

// Compacted says what a compaction won.
type Compacted struct {
	Before, After int64 // bytes
	Took          time.Duration
	Paused        time.Duration // how long writes waited at the end
}

// Compact copies the database into a new file without its free space and puts
// that in place, while the store serves: what is written meanwhile is noted
// and applied at the end, when writes wait for a moment. It needs the space of
// a second file. A database whose file was removed has one again then.
func (s *Store) Compact(ctx context.Context, progress Progress) (c Compacted, err error) {
	s.maintenance.Lock()
	defer s.maintenance.Unlock()
	begun := time.Now()
	if st, err := os.Stat(s.path); err == nil {
		c.Before = st.Size()
		if err := s.guard.Allow(c.Before); err != nil {
			return c, disk.Fault(err)
		}
	}
	next, name, err := s.newFile()
	if err != nil {
		return c, disk.Fault(err)
	}
	placed := false
	defer func() {
		s.committing.Lock()
		s.capture.Store(false)
		s.captured = nil
		s.committing.Unlock()
		if !placed {
			_ = next.Close()
			_ = os.Remove(name)
		}
	}()

	s.committing.Lock() // no commit is half captured
	opened := s.generation()
	s.captured = newJournal()
	s.capture.Store(true)
	s.committing.Unlock()
	if err := s.longRead(ctx, func(ctx context.Context, tx *bbolt.Tx) error {
		return copyBuckets(ctx, tx, next, progress)
	}); err != nil {
		return c, fmt.Errorf("cannot copy the database: %w", disk.Fault(err))
	}
	if err := next.Sync(); err != nil {
		return c, fmt.Errorf("cannot sync the new database: %w", disk.Fault(err))
	}
	// Most of what was written meanwhile, while writes go on.
	s.committing.Lock()
	caught := s.captured
	s.captured = newJournal()
	s.committing.Unlock()
	if caught.bytes > mostJournal {
		return c, mango.Errorf(mango.Busy, "So much was stored meanwhile that the database could not be compacted; try again at a quieter hour.")
	}
	next.NoSync = false
	if err := next.Update(caught.apply); err != nil {
		return c, fmt.Errorf("cannot write the new database: %w", disk.Fault(err))
	}

	s.committing.Lock()
	defer s.committing.Unlock()
	paused := time.Now()
	if err := s.inPlace(); errors.Is(err, errReplaced) {
		return c, displacedError(err)
	}
	if !s.isUp() || s.generation() != opened {
		return c, down(errRepairing) // a write failed meanwhile, and what was copied is not what is there now
	}
	if err := s.finish(next); err != nil {
		return c, fmt.Errorf("cannot write the new database: %w", disk.Fault(err))
	}
	if err := os.Rename(name, s.path); err != nil {
		return c, fmt.Errorf("cannot put the new database in place: %w", disk.Fault(err))
	}
	placed = true
	s.mu.Lock()
	old := s.db
	if old != nil {
		s.db = next
	}
	s.mu.Unlock()
	if old == nil { // a reader found it broken just now; the new file has its name already
		_ = next.Close()
		return c, down(errRepairing)
	}
	if err := disk.SyncDir(dirOf(s.path)); err != nil {
		// The new file has its name, but a power cut could give it back to
		// the old one: store nothing until the folder is synced.
		s.failed(err)
		return c, disk.Fault(err)
	}
	_ = s.inPlace() // where it was removed, it is there again
	c.Paused = time.Since(paused)
	go func() { _ = old.Close() }() // waits for its readers
	if st, err := os.Stat(s.path); err == nil {
		c.After = st.Size()
	}
	c.Took = time.Since(begun)
	s.cfg.Log.Info("database compacted", "before_bytes", c.Before, "after_bytes", c.After,
		"milliseconds", c.Took.Milliseconds(), "paused_microseconds", c.Paused.Microseconds())
	return c, nil
}

// newFile opens an empty database beside the present one, not yet synced.
func (s *Store) newFile() (*database, string, error) {
	f, err := disk.Temp(s.path, 0o600)
	if err != nil {
		return nil, "", err
	}
	name := f.Name()
	_ = f.Close()
	o := s.cfg.options(false)
	o.NoSync = true
	db, err := openDatabase(name, o)
	if err != nil {
		_ = os.Remove(name)
		return nil, "", fmt.Errorf("cannot make database: %w", err)
	}
	db.AllocSize = 2 << 20
	return db, name, nil
}

func (s *Store) generation() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.opened
}

// finish applies what is left and takes over the buckets' sequences.
func (s *Store) finish(next *database) error {
	db, err := s.current()
	if err != nil {
		return err
	}
	return db.View(func(from *bbolt.Tx) error {
		return next.Update(func(to *bbolt.Tx) error {
			if err := s.captured.apply(to); err != nil {
				return err
			}
			return copySequences(from, to)
		})
	})
}

func copySequences(from, to *bbolt.Tx) error {
	for _, name := range buckets {
		was := from.Bucket(name)
		if was == nil && later[string(name)] {
			continue
		}
		if err := to.Bucket(name).SetSequence(was.Sequence()); err != nil {
			return err
		}
	}
	return nil
}

const copyPortion = 4 << 20 // bytes in one transaction of a copy

// copyBuckets copies every key, in transactions of bounded size.
func copyBuckets(ctx context.Context, from *bbolt.Tx, to *database, progress Progress) error {
	tx, err := to.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	if err := makeBuckets(tx); err != nil {
		return err
	}
	var size, done int64
	for _, name := range buckets {
		if from.Bucket(name) == nil && later[string(name)] {
			continue
		}
		b := tx.Bucket(name)
		b.FillPercent = 0.9
		c := from.Bucket(name).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if err := b.Put(k, v); err != nil {
				return err
			}
			if size += int64(len(k) + len(v)); size < copyPortion {
				continue
			}
			done += size
			size = 0
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := tx.Commit(); err != nil {
				return err
			}
			progress.at(done, from.Size())
			time.Sleep(2 * time.Millisecond) // others want the disk too
			if tx, err = to.Begin(true); err != nil {
				return err
			}
			b = tx.Bucket(name)
			b.FillPercent = 0.9
		}
	}
	if err := copySequences(from, tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	progress.at(from.Size(), from.Size())
	return nil
}
