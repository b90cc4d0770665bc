package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"mangosense/server/internal/mango"
)

// A file that is removed while a write is under way: the write is not called
// stored.
func TestRemovedWhileAWriteIsUnderWay(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), FileName), quietly())
	if err != nil {
		t.Fatal(err)
	}
	away := s.path + ".away"
	err = s.update(context.Background(), func(w *write) error {
		return errors.Join(w.put(bucketSettings, []byte("x"), []byte("y")), os.Rename(s.path, away))
	})
	if mango.CodeOf(err) != mango.StoreDown {
		t.Errorf("the write: %v", err)
	}
	if err := errors.Join(os.Rename(away, s.path), s.Close()); err != nil {
		t.Error(err)
	}
}

// A database that must be opened again and is not there any more is not replaced
// by an empty one: it is down until the file is back. The patrol sees that a file
// is gone when nobody writes.
func TestReopeningMakesNoEmptyDatabase(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), FileName), quietly())
	if err != nil {
		t.Fatal(err)
	}
	away := s.path + ".away"
	if err := os.Rename(s.path, away); err != nil {
		t.Fatal(err)
	}
	s.patrol(context.Background())
	s.mu.RLock()
	displaced := s.displaced
	s.mu.RUnlock()
	if !errors.Is(displaced, errRemoved) {
		t.Errorf("after a patrol: %v", displaced)
	}
	s.committing.Lock()
	s.failed(errors.New("the disk was unplugged"))
	s.committing.Unlock()
	if _, err := os.Stat(s.path); err == nil || s.Health().State != mango.StoreIsDown || !errors.Is(s.cause(), errRemoved) {
		t.Errorf("opened again: %v, %+v, %v", err, s.Health(), s.cause())
	}
	if err := errors.Join(os.Rename(away, s.path), s.reopenAlone()); err != nil {
		t.Fatal(err)
	}
	if h := s.Health(); h.State != mango.StoreReady {
		t.Errorf("with the file: %+v", h)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
