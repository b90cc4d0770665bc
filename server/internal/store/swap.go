package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
)

func dirOf(path string) string { return filepath.Dir(path) }

// swap closes the database, lets change put another file in its place, and
// opens that. Nothing is answered meanwhile. The caller holds maintenance.
func (s *Store) swap(change func() error) error {
	s.committing.Lock()
	defer s.committing.Unlock()
	if err := s.inPlace(); err != nil {
		return displacedError(err) // what was stored would be gone with the open file
	}
	s.endLongReads()
	s.mu.RLock()
	was := s.why
	s.mu.RUnlock()
	if db := s.setDown(mango.StoreRecovering, errRepairing); db != nil {
		was = nil
		if err := db.Close(); err != nil {
			s.cfg.Log.Error("cannot close the database cleanly", "error", err)
		}
	}
	err := guarded(change)
	s.logBug(err)
	if err != nil && was != nil {
		s.setDown(mango.StoreIsDown, was)
		return err
	}
	if again := s.reopen(); again != nil {
		s.reopenLater(again) // nobody else would try again
		return errors.Join(err, again)
	}
	return err
}

var errRepairing = errors.New("the database is being repaired or replaced")

// replace puts temp at path; the file that was there stays beside it under a
// name with the reason. At every moment there is a whole database at path.
func replace(temp, path, reason string, now time.Time) (aside string, err error) {
	aside, _ = unusedName(path+"."+reason+"-", "", now)
	switch err := os.Link(path, aside); {
	case errors.Is(err, fs.ErrNotExist):
		aside = ""
	case err != nil:
		// A file system without links: a copy is slower, not less safe.
		copied, err := copyFile(context.Background(), path, aside, nil)
		if err == nil {
			err = os.Rename(copied, aside)
		}
		if err != nil {
			_ = os.Remove(temp)
			return "", fmt.Errorf("cannot put the old database aside: %w", err)
		}
	}
	if err := disk.Rename(temp, path); err != nil {
		return aside, err
	}
	return aside, nil
}
