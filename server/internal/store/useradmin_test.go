package store_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

func administrators(t *testing.T, s *store.Store, names ...string) []uint64 {
	t.Helper()
	var ids []uint64
	for _, name := range names {
		id, err := s.AddUser(ctx, mango.System, &mango.User{Username: name, Admin: true, Password: "hash of " + name})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func ruler(id uint64) mango.Actor { return mango.Actor{User: id, Admin: true} }

// TestOneAdministratorStays: whatever the way, and whoever of two is faster.
func TestOneAdministratorStays(t *testing.T) {
	s := openStore(t, store.Config{})
	ids := administrators(t, s, "ana", "ben", "che")
	disable := func(by, whom uint64) error {
		_, err := s.ChangeUser(ctx, ruler(by), whom, mango.UserChange{Disabled: ptr(true)})
		return err
	}
	if err := disable(ids[0], ids[1]); err != nil {
		t.Fatal(err)
	}
	if err := disable(ids[0], ids[0]); mango.CodeOf(err) != mango.Invalid {
		t.Errorf("an administrator disables itself: %v", err)
	}
	if err := s.DeleteUser(ctx, ruler(ids[0]), ids[0]); err != nil {
		t.Fatal(err) // che is left
	}
	if err := s.DeleteUser(ctx, ruler(ids[2]), ids[2]); mango.CodeOf(err) != mango.Conflict {
		t.Errorf("the last administrator deletes itself: %v", err)
	}
	if err := s.DeleteUserIf(ctx, ruler(ids[2]), ids[2], "hash of che"); mango.CodeOf(err) != mango.Conflict {
		t.Errorf("the last administrator deletes itself with its password: %v", err)
	}
	if u, err := s.User(ctx, mango.System, ids[2]); err != nil || !u.Admin || u.Disabled {
		t.Errorf("%+v, %v", u, err)
	}
}

// TestAdministratorsLockEachOther: each of two disables the other at one time,
// or deletes itself; one stays.
func TestAdministratorsLockEachOther(t *testing.T) {
	for name, act := range map[string]func(s *store.Store, ids []uint64, i int) error{
		"disable": func(s *store.Store, ids []uint64, i int) error {
			_, err := s.ChangeUser(ctx, ruler(ids[i]), ids[1-i], mango.UserChange{Disabled: ptr(true)})
			return err
		},
		"delete": func(s *store.Store, ids []uint64, i int) error { return s.DeleteUser(ctx, ruler(ids[i]), ids[i]) },
	} {
		for range 20 {
			s := openStore(t, store.Config{})
			ids := administrators(t, s, "ana", "ben")
			var done atomic.Int32
			var both sync.WaitGroup
			for i := range ids {
				both.Go(func() {
					if err := act(s, ids, i); err == nil {
						done.Add(1)
					}
				})
			}
			both.Wait()
			left := 0
			for _, id := range ids {
				if u, err := s.User(ctx, mango.System, id); err == nil && u.Admin && !u.Disabled {
					left++
				}
			}
			if done.Load() != 1 || left != 1 {
				t.Fatalf("%s: %d were done, %d administrators are left", name, done.Load(), left)
			}
		}
	}
}

// TestManyLogouts: the rows that a user's logouts take are bounded, and what was
// ended stays ended.
func TestManyLogouts(t *testing.T) {
	s := openStore(t, store.Config{})
	id, err := s.AddUser(ctx, mango.System, &mango.User{Username: "lito"})
	if err != nil {
		t.Fatal(err)
	}
	before, _ := s.ActiveUser(id)
	by := mango.Actor{User: id}
	generation := func() bool { u, _ := s.ActiveUser(id); return u.SessionsFrom.Equal(before.SessionsFrom) }
	token := func(i int) string { return string(rune('a'+i/26)) + string(rune('a'+i%26)) }
	for i := range 101 {
		if err := s.EndSession(ctx, by, token(i), farAway); err != nil {
			t.Fatal(err)
		}
		if i < 100 && (!generation() || !s.SessionEnded(token(i))) {
			t.Fatalf("logout %d ended the others too", i)
		}
	}
	if generation() {
		t.Error("the logout after the last row neither has a row nor ended the generation")
	}
	if s.SessionEnded(token(0)) {
		t.Error("a row is kept, though its generation ended")
	}
}
