package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// TestQuota: a user fills what a user may, hears why nothing more is stored, and
// leaves the rest to others. What is deleted makes room.
func TestQuota(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.FileName)
	cfg := store.Config{Log: quiet(), UserQuota: 10 << 20}
	s, err := store.Open(path, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { closeAndCheck(t, s, path) }()
	boss := administrators(t, s, "boss")[0]
	lito, err := s.AddUser(ctx, mango.System, &mango.User{Username: "lito"})
	if err != nil {
		t.Fatal(err)
	}
	ana, err := s.AddUser(ctx, mango.System, &mango.User{Username: "ana"})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	add := func(by mango.Actor) (uint64, error) {
		n++
		r := realistic(n)
		r.User, r.MediaBytes = by.User, 1<<20
		r.Photo.SHA256[0], r.Media = byte(n), fmt.Sprintf("mango_images/%064x.jpg", n)
		return s.AddRecord(ctx, by, r)
	}
	full := func(err error) bool {
		var e *mango.Error
		return mango.CodeOf(err) == mango.StoreFull && errors.Is(err, mango.ErrQuota) && errors.As(err, &e) && strings.Contains(e.Public, "10 MB")
	}
	var ids []uint64
	for len(ids) < 9 {
		id, err := add(mango.Actor{User: lito})
		if err != nil {
			t.Fatalf("after %d megabytes: %v", len(ids), err)
		}
		ids = append(ids, id)
	}
	if _, err := add(mango.Actor{User: lito}); !full(err) {
		t.Errorf("beyond the quota: %v", err)
	}
	if err := s.MayAdd(ctx, mango.Actor{User: lito}, 1<<20); !full(err) {
		t.Errorf("asked before: %v", err)
	}
	if err := s.MayAdd(ctx, mango.Actor{User: lito}, 1<<10); err != nil {
		t.Errorf("a small photo: %v", err)
	}
	if _, err := add(mango.Actor{User: ana}); err != nil {
		t.Errorf("another user: %v", err)
	}
	for range 12 {
		if _, err := add(ruler(boss)); err != nil {
			t.Fatalf("an administrator: %v", err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(path, cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := add(mango.Actor{User: lito}); !full(err) {
		t.Errorf("after a restart: %v", err)
	}
	if err := s.DeleteRecords(ctx, mango.System, ids[:2]); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if _, err := add(mango.Actor{User: lito}); err != nil {
			t.Errorf("after two were deleted, save %d: %v", i, err)
		}
	}
	if _, err := add(mango.Actor{User: lito}); !full(err) {
		t.Errorf("beyond the quota again: %v", err)
	}
}

// TestUserLimit: strangers cannot register without end; the command line can
// still add an administrator, and an import its accounts.
func TestUserLimit(t *testing.T) {
	s := openStore(t, store.Config{UserLimit: 2})
	add := func(u mango.User) error { _, err := s.AddUser(ctx, mango.System, &u); return err }
	for _, name := range []string{"ana", "ben"} {
		if err := add(mango.User{Username: name}); err != nil {
			t.Fatal(err)
		}
	}
	if err := add(mango.User{Username: "che"}); mango.CodeOf(err) != mango.StoreFull || !errors.Is(err, mango.ErrQuota) {
		t.Errorf("a third account: %v", err)
	}
	if err := add(mango.User{Username: "boss", Admin: true}); err != nil {
		t.Error(err)
	}
	if err := add(mango.User{Username: "old", Origin: "django:7"}); err != nil {
		t.Error(err)
	}
}
