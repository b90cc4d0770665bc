package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"mangosense/server/internal/store"
)

// TestVerifiedFirst: whoever works on a large file that was not closed in order can
// wait until it is verified, with or without a fault, and is told that he waits.
func TestVerifiedFirst(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, store.FileName)
	s, err := store.Open(path, store.Config{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	want := len(fill(t, s, 50))
	cut := filepath.Join(dir, "cut", store.FileName) // as a power cut leaves it
	if err := os.Mkdir(filepath.Dir(cut), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, ext := range []string{"", ".lock"} {
		b, err := os.ReadFile(path + ext)
		if err == nil {
			err = os.WriteFile(cut+ext, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	closeAndCheck(t, s, path)
	for _, damaged := range []bool{false, true} {
		if damaged {
			scribble(t, cut, 0, 2)
		}
		if s, err = store.OpenAnyway(cut, store.Config{Log: quiet(), FullCheck: 1}); err != nil {
			t.Fatal(err)
		}
		gone, cancel := context.WithCancel(ctx)
		waited := false
		if err := s.Verified(gone, func() { waited = true }); err != nil || !waited && !damaged {
			t.Errorf("damaged %t: %v, waited %t", damaged, err, waited)
		}
		cancel()
		n, err := s.CountRecords(ctx)
		if damaged != errors.Is(err, store.ErrDamaged) || !damaged && n != want {
			t.Errorf("damaged %t: %d records, want %d; %v", damaged, n, want, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
