package store_test

import (
	"path/filepath"
	"testing"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// TestRottenValueRefusesNoSave: what is read beside a save, to count what an
// account fills, to find a photo that came twice, to forget old answers, keeps
// nothing from being stored when it cannot be read.
func TestRottenValueRefusesNoSave(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.FileName)
	s, err := store.Open(path, store.Config{Log: quiet(), UserQuota: 100 << 20})
	if err != nil {
		t.Fatal(err)
	}
	lito, ana := grower(t, s, "lito"), grower(t, s, "ana")
	saved, _, err := s.AddRecords(ctx, lito, owned(lito, 1, 2, 3), once("before", 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	store.FlipRecord(t, path, saved[2].ID)
	store.FlipReplies(t, path)
	if s, err = store.Open(path, store.Config{Log: quiet(), UserQuota: 100 << 20}); err != nil {
		t.Fatal(err)
	}
	defer func() { closeAndCheck(t, s, path) }()
	if _, err := s.Record(ctx, lito, saved[2].ID); mango.CodeOf(err) != mango.StoreFailed {
		t.Fatalf("the rotten record: %v", err)
	}
	if err := s.MayAdd(ctx, lito, 1<<20); err != nil {
		t.Errorf("asked before a save: %v", err)
	}
	if err := s.MayAdd(ctx, lito, 99<<20); mango.CodeOf(err) != mango.StoreFull {
		t.Errorf("what can be read counts: %v", err)
	}
	for what, save := range map[string]func() error{
		"the photo of the rotten record": func() error { _, _, err := s.AddRecords(ctx, lito, owned(lito, 3), nil); return err },
		"with a key":                     func() error { _, _, err := s.AddRecords(ctx, lito, owned(lito, 4), once("after", 2)); return err },
		"another's, with a key":          func() error { _, _, err := s.AddRecords(ctx, ana, owned(ana, 5), once("after", 3)); return err },
	} {
		if err := save(); err != nil {
			t.Errorf("a save, %s: %v", what, err)
		}
	}
	if h := s.Health(); h.State != mango.StoreIsDamaged {
		t.Errorf("health: %+v", h)
	}
	if r, err := s.Repair(ctx, nil); err != nil || r.Records != 5 || r.LostValues != 1 {
		t.Errorf("repair: %+v, %v", r, err)
	}
}
