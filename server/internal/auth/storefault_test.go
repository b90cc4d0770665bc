package auth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/auth"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// faulty is a store of which some calls fail: fail has the error of each by
// name. answered is called after a look-up that succeeded.
type faulty struct {
	*store.Store
	fail     map[string]error
	answered func()
}

func (f *faulty) found(u *mango.User, err error) (*mango.User, error) {
	if f.answered != nil && err == nil {
		f.answered()
	}
	return u, err
}

func (f *faulty) User(ctx context.Context, by mango.Actor, id uint64) (*mango.User, error) {
	if err := f.fail["User"]; err != nil {
		return nil, err
	}
	return f.found(f.Store.User(ctx, by, id))
}

func (f *faulty) UserByEmail(ctx context.Context, by mango.Actor, email string) (*mango.User, error) {
	if err := f.fail["UserByEmail"]; err != nil {
		return nil, err
	}
	return f.found(f.Store.UserByEmail(ctx, by, email))
}

func (f *faulty) UserByName(ctx context.Context, by mango.Actor, name string) (*mango.User, error) {
	if err := f.fail["UserByName"]; err != nil {
		return nil, err
	}
	return f.found(f.Store.UserByName(ctx, by, name))
}

func (f *faulty) AddUser(ctx context.Context, by mango.Actor, u *mango.User) (uint64, error) {
	if err := f.fail["AddUser"]; err != nil {
		return 0, err
	}
	return f.Store.AddUser(ctx, by, u)
}

func (f *faulty) ChangeUser(ctx context.Context, by mango.Actor, id uint64, c mango.UserChange) (*mango.User, error) {
	if err := f.fail["ChangeUser"]; err != nil {
		return nil, err
	}
	return f.Store.ChangeUser(ctx, by, id, c)
}

func (f *faulty) ActiveUser(id uint64) (mango.User, error) {
	if err := f.fail["ActiveUser"]; err != nil {
		return mango.User{}, err
	}
	return f.Store.ActiveUser(id)
}

func (f *faulty) PageUsers(ctx context.Context, by mango.Actor, filter mango.UserFilter, p mango.Page) (mango.UserPage, error) {
	if err := f.fail["PageUsers"]; err != nil {
		return mango.UserPage{}, err
	}
	return f.Store.PageUsers(ctx, by, filter, p)
}

// TestStoreFaults: what a failing store does to each act. What is the store's
// fault never reads like a wrong password or a bad token, which would make a
// phone throw its session away.
func TestStoreFaults(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	db := &faulty{Store: w.store}
	w.cfg.Users = db
	a := w.open(t)
	mine, u := w.join(t)
	_, err := w.store.ChangeUser(ctx, mango.System, u.ID, mango.UserChange{Admin: new(true)})
	if err != nil {
		t.Fatal(err)
	}
	down := mango.Errorf(mango.StoreDown, "The storage is down.")
	full := mango.Errorf(mango.StoreFull, "The disk is full.")
	conflict := mango.Errorf(mango.Conflict, "This username exists.")
	gone := mango.Errorf(mango.NotFound, "User not found.")

	login := func() error { _, _, err := a.Login(ctx, u.Email, goodPassword); return err }
	admin := func() error { _, _, err := a.AdminLogin(ctx, u.Username, goodPassword); return err }
	change := func() error { _, err := a.ChangePassword(ctx, mine.Access, goodPassword, "Tamaraw2026"); return err }
	remove := func() error { return a.DeleteAccount(ctx, mango.Actor{User: u.ID}, goodPassword) }
	register := func() error {
		f := form()
		f.Email = "new@farm.example"
		_, _, err := a.Register(ctx, f)
		return err
	}
	for _, c := range []struct {
		name  string
		act   func() error
		call  string
		fault error
		want  mango.Code // empty: the act succeeds
	}{
		{"login, the account cannot be read", login, "UserByEmail", down, mango.StoreDown},
		{"login, no such account", login, "UserByEmail", gone, mango.Unauthenticated},
		{"login, cannot be noted: nobody is locked out", login, "ChangeUser", full, ""},
		{"login, the password changed meanwhile", login, "ChangeUser", conflict, mango.Unauthenticated},
		{"login, the account went meanwhile", login, "ChangeUser", gone, mango.Unauthenticated},
		{"administrator, the account cannot be read", admin, "UserByName", down, mango.StoreDown},
		{"administrator, no such account", admin, "UserByName", gone, mango.Unauthenticated},
		{"new password, the token's account cannot be read", change, "ActiveUser", down, mango.StoreDown},
		{"new password, the token's account is gone", change, "ActiveUser", gone, mango.Unauthenticated},
		{"new password, the account cannot be read", change, "User", down, mango.StoreDown},
		{"new password, another change was first", change, "ChangeUser", conflict, mango.Forbidden},
		{"new password, the disk is full", change, "ChangeUser", full, mango.StoreFull},
		{"deletion, the account cannot be read", remove, "User", down, mango.StoreDown},
		{"registration, addresses cannot be read", register, "UserByEmail", down, mango.StoreDown},
		{"registration, the address was taken meanwhile", register, "AddUser", conflict, mango.Invalid},
		{"registration, the disk is full", register, "AddUser", full, mango.StoreFull},
		{"none: login", login, "", nil, ""},
		{"none: administrator", admin, "", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			db.fail = map[string]error{c.call: c.fault}
			defer func() { db.fail = nil }()
			if err := c.act(); c.want == "" && err != nil || c.want != "" && (err == nil || mango.CodeOf(err) != c.want) {
				t.Errorf("answered %v, want %q", err, c.want)
			}
		})
	}
	if page, err := w.store.PageUsers(ctx, mango.System, mango.UserFilter{}, mango.Page{}); err != nil || page.Total != 1 {
		t.Errorf("%d accounts, %v; what failed must change nothing", page.Total, err)
	}
	if _, err := a.Authenticate(mine.Access); err != nil {
		t.Errorf("what failed ended the session: %v", err)
	}
}

// TestWrongPasswordsChangeNothing: nothing that cannot be undone happens
// without the password.
func TestWrongPasswordsChangeNothing(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	mine, u := w.join(t)
	wantCode(t, w.DeleteAccount(ctx, mango.Actor{User: u.ID}, "Carabao2025"), mango.Forbidden)
	_, err := w.ChangePassword(ctx, "no token", goodPassword, "Tamaraw2026")
	wantCode(t, err, mango.Unauthenticated)
	wantCode(t, w.Logout(ctx, "no token"), mango.Unauthenticated)
	if _, err := w.Authenticate(mine.Access); err != nil {
		t.Error(err)
	}
	if err := w.DeleteAccount(ctx, mango.Actor{User: u.ID}, goodPassword); err != nil {
		t.Error(err)
	}
	_, err = w.store.User(ctx, mango.System, u.ID)
	wantCode(t, err, mango.NotFound)
}

// TestBusy: with every password check taken, each act gives up when its caller
// does, and says that the server is busy.
func TestBusy(t *testing.T) {
	w := newWorld(t, nil)
	db := &faulty{Store: w.store}
	w.cfg.Users = db
	a := w.open(t)
	mine, u := w.join(t)
	auth.Occupy(a)
	other := form()
	other.Email = "new@farm.example"
	for name, act := range map[string]func(ctx context.Context) error{
		"login":         func(ctx context.Context) error { _, _, err := a.Login(ctx, u.Email, goodPassword); return err },
		"unknown":       func(ctx context.Context) error { _, _, err := a.Login(ctx, "nobody@farm.example", "x"); return err },
		"administrator": func(ctx context.Context) error { _, _, err := a.AdminLogin(ctx, u.Username, goodPassword); return err },
		"new password": func(ctx context.Context) error {
			_, err := a.ChangePassword(ctx, mine.Access, goodPassword, "Tamaraw2026")
			return err
		},
		"deletion":     func(ctx context.Context) error { return a.DeleteAccount(ctx, mango.Actor{User: u.ID}, goodPassword) },
		"registration": func(ctx context.Context) error { _, _, err := a.Register(ctx, other); return err },
	} {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := act(ctx); mango.CodeOf(err) != mango.Busy || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAccountsUnreadable: while accounts cannot be read, an unknown one ends no
// session.
func TestAccountsUnreadable(t *testing.T) {
	down := errors.New("disk gone")
	var unhealthy error
	w := newWorld(t, func(c *auth.Config) { c.Healthy = func() error { return unhealthy } })
	mine, u := w.join(t)
	if err := w.store.DeleteUser(context.Background(), mango.System, u.ID); err != nil {
		t.Fatal(err)
	}
	_, err := w.Authenticate(mine.Access)
	wantCode(t, err, mango.Unauthenticated)
	unhealthy = down
	if _, err := w.Authenticate(mine.Access); mango.CodeOf(err) != mango.StoreDown || !errors.Is(err, down) {
		t.Errorf("while accounts cannot be read: %v", err)
	}
}

// TestOpensWithout: what New needs of the store, and what of its Config may be
// left out.
func TestOpensWithout(t *testing.T) {
	w := newWorld(t, nil)
	down := errors.New("disk gone")
	for _, c := range []struct {
		name   string
		change func(*auth.Config)
		fault  error
		opens  bool
		logged string
	}{
		{"nothing wrong", func(*auth.Config) {}, nil, true, ""},
		{"accounts unreadable", func(*auth.Config) {}, down, true, "cannot look for imported accounts"},
		{"accounts unreadable, the predecessor's tokens count", func(c *auth.Config) { c.DjangoKey = bytes.Repeat([]byte("d"), 32) }, down, false, ""},
		{"the shortest predecessor's key", func(c *auth.Config) { c.DjangoKey = bytes.Repeat([]byte("d"), 32) }, nil, true, ""},
		{"no clock", func(c *auth.Config) { c.Now = nil }, nil, true, ""},
		{"no log", func(c *auth.Config) { c.Log = nil }, nil, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			before := slog.Default()
			slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
			defer slog.SetDefault(before)
			cfg := w.cfg
			cfg.Log = slog.Default()
			cfg.Users = &faulty{Store: w.store, fail: map[string]error{"PageUsers": c.fault}}
			c.change(&cfg)
			a, err := auth.New(cfg)
			if (err == nil) != c.opens || err != nil && !errors.Is(err, c.fault) {
				t.Fatalf("opened with %v", err)
			}
			if got := log.String(); (c.logged == "") != (got == "") || !strings.Contains(got, c.logged) {
				t.Errorf("logged %q, want %q", got, c.logged)
			}
			if a == nil {
				return
			}
			f := form()
			f.Email = strings.ReplaceAll(c.name, " ", ".") + "@farm.example"
			f.Email = strings.ReplaceAll(f.Email, ",", "")
			tokens, _, err := a.Register(context.Background(), f)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.Authenticate(tokens.Access); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestNotesOfLogins: the log says what could not be noted, and only that.
func TestNotesOfLogins(t *testing.T) {
	ctx := context.Background()
	var log bytes.Buffer
	w := newWorld(t, func(c *auth.Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	db := &faulty{Store: w.store}
	w.cfg.Users = db
	a := w.open(t)
	_, u := w.join(t)
	if _, _, err := a.Login(ctx, u.Email, goodPassword); err != nil || log.Len() != 0 {
		t.Errorf("a login that was noted: %v, logged %q", err, log.String())
	}
	db.fail = map[string]error{"ChangeUser": mango.Errorf(mango.StoreFull, "The disk is full.")}
	if _, _, err := a.Login(ctx, u.Email, goodPassword); err != nil || !strings.Contains(log.String(), "cannot note a login") {
		t.Errorf("a login that could not be noted: %v, logged %q", err, log.String())
	}
	if strings.Contains(log.String(), u.Email) {
		t.Error("the log names an address")
	}
}

// roster answers PageUsers alone, from a list, and fails for a page that there
// is not.
type roster struct {
	mango.Users
	users []mango.User
}

func (r roster) PageUsers(_ context.Context, _ mango.Actor, _ mango.UserFilter, p mango.Page) (mango.UserPage, error) {
	from := (p.Number - 1) * p.Size
	if from < 0 || from > 0 && from >= len(r.users) {
		return mango.UserPage{}, fmt.Errorf("page %d was asked for", p.Number)
	}
	page := mango.UserPage{Total: len(r.users)}
	for _, u := range r.users[from:min(from+p.Size, len(r.users))] {
		page.Users = append(page.Users, mango.UserRow{User: u})
	}
	return page, nil
}

// TestEveryImportedAccount: all pages of accounts are looked through, and no
// page that there is not.
func TestEveryImportedAccount(t *testing.T) {
	for _, total := range []int{0, 1, mango.MaxPage, mango.MaxPage + 1, 2 * mango.MaxPage} {
		r := roster{users: make([]mango.User, total)}
		want := map[uint64]uint64{}
		for i := range r.users {
			r.users[i] = mango.User{ID: uint64(i + 10)}
			if i%2 == 0 { // the others are of this program
				r.users[i].Origin = fmt.Sprintf("django:%d", i+1)
				want[uint64(i+1)] = uint64(i + 10)
			}
		}
		if total > 0 {
			r.users[total-1].Password = djangoHash("x", 7)
			r.users[0].Password = djangoHash("x", 5)
		}
		ids, rounds, err := auth.ReadImported(r)
		wantRounds := 7
		switch total {
		case 0:
			wantRounds = 0
		case 1:
			wantRounds = 5
		}
		if err != nil || !reflect.DeepEqual(ids, want) || rounds != wantRounds {
			t.Errorf("of %d accounts: %d ids, want %d; the most rounds %d, want %d; %v", total, len(ids), len(want), rounds, wantRounds, err)
		}
	}
}

// TestLogoutAfterTheClockWentBack: a session that began while the clock was
// ahead stays ended until its own tokens expire.
func TestLogoutAfterTheClockWentBack(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.clock.Step(tenYears)
	old, _ := w.join(t)
	w.clock.Step(-tenYears)
	if err := w.Logout(ctx, old.Access); err != nil {
		t.Fatal(err)
	}
	w.clock.Step(tenYears)
	other, _, err := w.Login(ctx, "lito@farm.example", goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Logout(ctx, other.Access); err != nil { // drops what has expired
		t.Fatal(err)
	}
	w.clock.Step(6 * 24 * time.Hour)
	_, _, err = w.Refresh(old.Refresh)
	wantCode(t, err, mango.Unauthenticated)
}
