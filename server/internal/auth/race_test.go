package auth_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"mangosense/server/internal/auth"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// TestOneChangeWins: of password changes at one time that prove the same old
// password, one is made; the rest prove a password that is no longer right.
func TestOneChangeWins(t *testing.T) {
	w := newWorld(t, nil)
	ctx := context.Background()
	mine, _ := w.join(t)
	news := []string{"Tamaraw2021", "Tamaraw2022", "Tamaraw2023", "Tamaraw2024", "Tamaraw2025"}
	var won atomic.Pointer[string]
	var wins atomic.Int32
	var all sync.WaitGroup
	for _, next := range news {
		all.Go(func() {
			_, err := w.ChangePassword(ctx, mine.Access, goodPassword, next)
			switch mango.CodeOf(err) {
			case mango.Forbidden, mango.Unauthenticated: // refused by the password, or the session had ended already
			default:
				if err != nil {
					t.Error(err)
					return
				}
				wins.Add(1)
				won.Store(&next)
			}
		})
	}
	all.Wait()
	if wins.Load() != 1 {
		t.Fatalf("%d of %d changes say that they were made", wins.Load(), len(news))
	}
	if _, _, err := w.Login(ctx, "lito@farm.example", *won.Load()); err != nil {
		t.Errorf("the password of the change that was made: %v", err)
	}
}

// late changes the account between the look at its password and the write that
// follows from it.
type late struct {
	*store.Store
	before func(c mango.UserChange)
}

func (l *late) ChangeUser(ctx context.Context, by mango.Actor, id uint64, c mango.UserChange) (*mango.User, error) {
	if before := l.before; before != nil {
		l.before = nil
		before(c)
	}
	return l.Store.ChangeUser(ctx, by, id, c)
}

func (l *late) DeleteUserIf(ctx context.Context, by mango.Actor, id uint64, password string) error {
	if before := l.before; before != nil {
		l.before = nil
		before(mango.UserChange{})
	}
	return l.Store.DeleteUserIf(ctx, by, id, password)
}

// TestProvedTooLate: a password that was proved just before it was changed, or
// before the account was disabled, opens nothing, and is not written back.
func TestProvedTooLate(t *testing.T) {
	ctx := context.Background()
	moved, err := auth.HashPassword(ctx, "Tamaraw2026")
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string][]mango.UserChange{
		"password":             {{Password: &moved}},
		"disabled":             {{Disabled: new(true)}},
		"disabled and enabled": {{Disabled: new(true)}, {Disabled: new(false)}},
	}
	for name, between := range changes {
		w := newWorld(t, nil)
		db := &late{Store: w.store}
		w.cfg.Users = db
		a := w.open(t)
		id, err := w.store.AddUser(ctx, mango.System, &mango.User{Username: "ana", Email: "ana@farm.example", Password: djangoHash(goodPassword, 5000)})
		if err != nil {
			t.Fatal(err)
		}
		db.before = func(mango.UserChange) {
			for _, c := range between {
				if _, err := w.store.ChangeUser(ctx, mango.System, id, c); err != nil {
					t.Error(err)
				}
			}
		}
		tokens, _, err := a.Login(ctx, "ana@farm.example", goodPassword)
		if err == nil {
			if _, err := a.Authenticate(tokens.Access); mango.CodeOf(err) != mango.Unauthenticated {
				t.Errorf("%s: the access token counts: %v", name, err)
			}
			if _, _, err := a.Refresh(tokens.Refresh); mango.CodeOf(err) != mango.Unauthenticated {
				t.Errorf("%s: the refresh token counts: %v", name, err)
			}
		}
		u, err := w.store.User(ctx, mango.System, id)
		if err != nil || name == "password" && u.Password != moved {
			t.Errorf("%s: the hash is %.30q, %v", name, u.Password, err)
		}
	}
}

// TestDeletedTooLate: who proved the old password cannot delete the account
// after it was changed.
func TestDeletedTooLate(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	db := &late{Store: w.store}
	w.cfg.Users = db
	a := w.open(t)
	_, u := w.join(t)
	db.before = func(mango.UserChange) {
		if _, err := w.store.ChangeUser(ctx, mango.System, u.ID, mango.UserChange{Password: new("x")}); err != nil {
			t.Error(err)
		}
	}
	err := a.DeleteAccount(ctx, mango.Actor{User: u.ID}, goodPassword)
	wantCode(t, err, mango.Conflict)
	if _, err := w.store.User(ctx, mango.System, u.ID); err != nil {
		t.Error(err)
	}
}

// TestEnabledAgain: tokens of before do not come back with the account.
func TestEnabledAgain(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	old, u := w.join(t)
	for _, disabled := range []bool{true, false} {
		if _, err := w.store.ChangeUser(ctx, mango.System, u.ID, mango.UserChange{Disabled: &disabled}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.Authenticate(old.Access)
	wantCode(t, err, mango.Unauthenticated)
	_, _, err = w.Refresh(old.Refresh)
	wantCode(t, err, mango.Unauthenticated)
	w.Accounts = w.open(t) // nor after a restart
	_, _, err = w.Refresh(old.Refresh)
	wantCode(t, err, mango.Unauthenticated)
	fresh, _, err := w.Login(ctx, "lito@farm.example", goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authenticate(fresh.Access); err != nil {
		t.Error(err)
	}
}
