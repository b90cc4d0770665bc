package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// A database whose file was removed or replaced says so to every write and to
// Health, answers what it has, can be backed up, and loses nothing by maintenance.
func TestDatabaseWithoutItsFile(t *testing.T) {
	another := func(path string) error {
		s, err := store.Open(path+".other", store.Config{Log: quiet()})
		if err == nil {
			err = errors.Join(s.Close(), os.Rename(path+".other", path))
		}
		return err
	}
	for name, c := range map[string]struct {
		displace func(path string) error
		advice   string
		undo     func(path string) error // nil: Compact puts the database back
		compacts bool
	}{
		"removed":    {os.Remove, "mangosense compact", nil, true},
		"moved away": {func(p string) error { return os.Rename(p, p+".away") }, "mangosense compact", func(p string) error { return os.Rename(p+".away", p) }, true},
		"replaced": {func(p string) error { return errors.Join(os.Rename(p, p+".away"), another(p)) }, "mangosense backup",
			func(p string) error { return os.Rename(p+".away", p) }, false},
		"a folder in its place": {func(p string) error { return errors.Join(os.Rename(p, p+".away"), os.Mkdir(p, 0o700)) }, "mangosense backup",
			func(p string) error { return errors.Join(os.Remove(p), os.Rename(p+".away", p)) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), store.FileName)
			s := openStoreAt(t, path, store.Config{})
			first, err := s.AddRecord(ctx, mango.System, realistic(1))
			if err != nil {
				t.Fatal(err)
			}
			backup, err := s.Backup(ctx, filepath.Join(t.TempDir(), "before"), 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.displace(path); err != nil {
				t.Fatal(err)
			}
			there, _ := os.ReadFile(path)
			for range 2 {
				if _, err := s.AddRecord(ctx, mango.System, realistic(2)); mango.CodeOf(err) != mango.StoreDown {
					t.Errorf("a save: %v", err)
				}
			}
			if h := s.Health(); h.State != mango.StoreIsDisplaced || !strings.Contains(h.Sentence, c.advice) || h.Whole() == nil || h.Usable() != nil {
				t.Errorf("health: %+v", h)
			}
			if _, err := s.Record(ctx, mango.System, first); err != nil {
				t.Errorf("a look: %v", err)
			}
			if b, err := s.Backup(ctx, filepath.Join(t.TempDir(), "after"), 0, nil); err != nil || b.Records != 1 {
				t.Errorf("backup: %+v, %v", b, err)
			}
			if _, err := s.Repair(ctx, nil); mango.CodeOf(err) != mango.Conflict {
				t.Errorf("repair: %v", err)
			}
			if _, err := s.Restore(ctx, backup.Path, nil); mango.CodeOf(err) != mango.Conflict {
				t.Errorf("restore: %v", err)
			}
			if now, _ := os.ReadFile(path); !bytes.Equal(now, there) {
				t.Error("what lay at the path was changed")
			}
			if c.undo != nil {
				if !c.compacts {
					if _, err := s.Compact(ctx, nil); mango.CodeOf(err) != mango.Conflict {
						t.Errorf("compact: %v", err)
					}
				}
				err = c.undo(path)
			} else {
				_, err = s.Compact(ctx, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			if h := s.Health(); h.State != mango.StoreReady || h.Sentence != "" {
				t.Errorf("health afterwards: %+v", h)
			}
			if _, err := s.AddRecord(ctx, mango.System, realistic(2)); err != nil {
				t.Errorf("a save afterwards: %v", err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			again := openStoreAt(t, path, store.Config{})
			if n, err := again.CountRecords(ctx); err != nil || n != 2 {
				t.Errorf("%d records after a start, %v", n, err)
			}
		})
	}
}
