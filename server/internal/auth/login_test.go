package auth_test

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/auth"
	"mangosense/server/internal/mango"
)

func TestLogin(t *testing.T) {
	w := newWorld(t, nil)
	_, u := w.join(t)
	for _, c := range []struct {
		name, email, password string
		code                  mango.Code // empty: let in
	}{
		{"right", "lito@farm.example", goodPassword, ""},
		{"address in capitals, with spaces", " Lito@Farm.Example ", goodPassword, ""},
		{"wrong password", "lito@farm.example", "Carabao2025", mango.Unauthenticated},
		{"unknown address", "nobody@farm.example", goodPassword, mango.Unauthenticated},
		{"empty password", "lito@farm.example", "", mango.Unauthenticated},
		{"address of a kilobyte", strings.Repeat("a", 1024), goodPassword, mango.Unauthenticated},
		{"password of a megabyte", "lito@farm.example", strings.Repeat("a", 1<<20), mango.Unauthenticated},
	} {
		t.Run(c.name, func(t *testing.T) {
			tokens, got, err := w.Login(context.Background(), c.email, c.password)
			if c.code != "" {
				wantCode(t, err, c.code)
				if tokens.Access != "" || got != nil {
					t.Error("a refused login gave something")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			by, err := w.Authenticate(tokens.Access)
			if err != nil || by.User != u.ID || by.Admin {
				t.Errorf("the token is %+v's, %v; want user %d", by, err, u.ID)
			}
			if got.LastLogin.IsZero() {
				t.Error("the login was not noted")
			}
		})
	}
}

// TestLongestPassword: the longest that an account can have lets in, in whatever
// script; nobody gets in by one that is longer still.
func TestLongestPassword(t *testing.T) {
	w := newWorld(t, nil)
	f := form()
	f.Password = strings.Repeat("🥭", 254) + "A1"
	if _, _, err := w.Register(context.Background(), f); err != nil {
		t.Fatal(err)
	}
	full := strings.Repeat("𝔸", 255) + "𝟙" // a digit and capitals of four bytes each: 1,024
	f.Email, f.Password = "ana@farm.example", full
	if _, _, err := w.Register(context.Background(), f); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Login(context.Background(), f.Email, full); err != nil {
		t.Errorf("%d bytes: %v", len(full), err)
	}
	_, _, err := w.Login(context.Background(), f.Email, full+"x")
	wantCode(t, err, mango.Unauthenticated)
}

// TestSameAnswer: nobody learns from an answer which addresses have accounts.
func TestSameAnswer(t *testing.T) {
	w := newWorld(t, nil)
	_, u := w.join(t)
	_, _, unknown := w.Login(context.Background(), "nobody@farm.example", goodPassword)
	_, _, wrong := w.Login(context.Background(), "lito@farm.example", "Carabao2025")
	if _, err := w.store.ChangeUser(context.Background(), mango.System, u.ID, mango.UserChange{Disabled: new(true)}); err != nil {
		t.Fatal(err)
	}
	_, _, disabled := w.Login(context.Background(), "lito@farm.example", goodPassword)
	if unknown == nil || wrong == nil || disabled == nil || unknown.Error() != wrong.Error() || wrong.Error() != disabled.Error() {
		t.Errorf("three answers:\n%v\n%v\n%v", unknown, wrong, disabled)
	}
}

func TestAdminLogin(t *testing.T) {
	w := newWorld(t, nil)
	_, u := w.join(t)
	_, _, err := w.AdminLogin(context.Background(), u.Username, goodPassword)
	wantCode(t, err, mango.Forbidden)
	_, _, err = w.AdminLogin(context.Background(), u.Username, "Carabao2025")
	wantCode(t, err, mango.Unauthenticated)
	if _, err := w.store.ChangeUser(context.Background(), mango.System, u.ID, mango.UserChange{Admin: new(true)}); err != nil {
		t.Fatal(err)
	}
	tokens, _, err := w.AdminLogin(context.Background(), strings.ToUpper(u.Username), goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(11 * time.Hour)
	if by, err := w.Authenticate(tokens.Access); err != nil || !by.Admin {
		t.Errorf("after 11 hours: %+v, %v; an administrator's token lives 12", by, err)
	}
	w.clock.Pass(2 * time.Hour)
	_, err = w.Authenticate(tokens.Access)
	wantCode(t, err, mango.Unauthenticated)
}

func djangoHash(password string, iterations int) string {
	key, err := pbkdf2.Key(sha256.New, password, []byte("sAlT"), iterations, 32)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("pbkdf2_sha256$%d$sAlT$%s", iterations, base64.StdEncoding.EncodeToString(key))
}

// TestImportedHash: the predecessor's hash lets in once, and is replaced.
func TestImportedHash(t *testing.T) {
	w := newWorld(t, nil)
	ctx := context.Background()
	id, err := w.store.AddUser(ctx, mango.System, &mango.User{Username: "ana", Email: "ana@farm.example", Password: djangoHash("old Secret1", 5000)})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = w.Login(ctx, "ana@farm.example", "old Secret2")
	wantCode(t, err, mango.Unauthenticated)
	tokens, _, err := w.Login(ctx, "ana@farm.example", "old Secret1")
	if err != nil {
		t.Fatal(err)
	}
	u, err := w.store.User(ctx, mango.System, id)
	if err != nil || !strings.HasPrefix(u.Password, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the hash is now %.40q, %v", u.Password, err)
	}
	if !u.SessionsFrom.IsZero() {
		t.Error("replacing a hash ended sessions")
	}
	if _, err := w.Authenticate(tokens.Access); err != nil {
		t.Error(err)
	}
	if _, _, err := w.Login(ctx, "ana@farm.example", "old Secret1"); err != nil {
		t.Errorf("with the new hash: %v", err)
	}
}

// TestEvenRefusals: while one of the predecessor's slow hashes is left, every
// refusal waits for it; once all are replaced, none does.
func TestEvenRefusals(t *testing.T) {
	w := newWorld(t, nil)
	ctx := context.Background()
	if auth.Pace(w.Accounts) != 0 {
		t.Error("refusals wait, though nobody was imported")
	}
	if _, err := w.store.AddUser(ctx, mango.System, &mango.User{Username: "ana", Email: "ana@farm.example", Password: djangoHash("old Secret1", 5000)}); err != nil {
		t.Fatal(err)
	}
	again := w.open(t)
	if auth.Pace(again) == 0 {
		t.Error("refusals do not wait for the slow hash")
	}
	for _, email := range []string{"ana@farm.example", "nobody@farm.example"} {
		_, _, err := again.Login(ctx, email, "wrong")
		wantCode(t, err, mango.Unauthenticated)
	}
	if _, _, err := again.Login(ctx, "ana@farm.example", "old Secret1"); err != nil {
		t.Fatal(err)
	}
	if auth.Pace(w.open(t)) != 0 {
		t.Error("refusals still wait, though no slow hash is left")
	}
}

func TestChangePassword(t *testing.T) {
	w := newWorld(t, nil)
	ctx := context.Background()
	mine, u := w.join(t)
	other, _, err := w.Login(ctx, "lito@farm.example", goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.ChangePassword(ctx, mine.Access, "Carabao2025", "Tamaraw2026")
	wantCode(t, err, mango.Forbidden)
	_, err = w.ChangePassword(ctx, mine.Access, goodPassword, "short")
	wantCode(t, err, mango.Invalid)
	fresh, err := w.ChangePassword(ctx, mine.Access, goodPassword, "Tamaraw2026")
	if err != nil {
		t.Fatal(err)
	}
	if by, err := w.Authenticate(fresh.Access); err != nil || by.User != u.ID {
		t.Errorf("new: %v", err)
	}
	for name, old := range map[string]auth.Tokens{"the session that changed it": mine, "another session": other} {
		if _, err := w.Authenticate(old.Access); mango.CodeOf(err) != mango.Unauthenticated {
			t.Errorf("%s: the access token still counts: %v", name, err)
		}
		if _, _, err := w.Refresh(old.Refresh); mango.CodeOf(err) != mango.Unauthenticated {
			t.Errorf("%s: the refresh token still counts: %v", name, err)
		}
	}
	if _, _, err := w.Refresh(fresh.Refresh); err != nil {
		t.Error(err)
	}
	_, _, err = w.Login(ctx, "lito@farm.example", goodPassword)
	wantCode(t, err, mango.Unauthenticated)

	again := w.open(t) // after a restart the new tokens still count
	if _, err := again.Authenticate(fresh.Access); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

func TestRegister(t *testing.T) {
	w := newWorld(t, nil)
	ctx := context.Background()
	_, u := w.join(t)
	if !strings.HasPrefix(u.Username, "litoreyes_") || u.Profile.Address != "Hoskyn, Jordan, Guimaras" {
		t.Errorf("username %q, address %q", u.Username, u.Profile.Address)
	}
	for _, c := range []struct {
		name   string
		change func(*auth.Registration)
		want   string
	}{
		{"no first name", func(f *auth.Registration) { f.FirstName = " " }, "All required fields must be provided."},
		{"no place", func(f *auth.Registration) { f.City = "" }, "All required fields must be provided."},
		{"short name", func(f *auth.Registration) { f.LastName = "R" }, "Last name must be at least 2 characters long."},
		{"no address", func(f *auth.Registration) { f.Email = "lito" }, "Invalid email format."},
		{"address with a name", func(f *auth.Registration) { f.Email = "Lito <a@b.example>" }, "Invalid email format."},
		{"address in use", func(f *auth.Registration) { f.Email = "LITO@farm.example" }, "An account with this email already exists."},
		{"other password", func(f *auth.Registration) { f.Confirm = new("Carabao2025") }, "Passwords do not match."},
		{"short password", func(f *auth.Registration) { f.Password = "Abc1" }, "Password must be at least 8 characters long."},
		{"no digit", func(f *auth.Registration) { f.Password = "Carabaoes" }, "Password must contain at least one digit."},
		{"no capital", func(f *auth.Registration) { f.Password = "carabao2026" }, "Password must contain at least one uppercase letter."},
		{"short place", func(f *auth.Registration) { f.Address = "Rd 1" }, "Address must be at least 5 characters long."},
		{"control character", func(f *auth.Registration) { f.FirstName = "Li\x00to" }, "First name contains characters that are not allowed."},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := form()
			f.Email = "other@farm.example"
			c.change(&f)
			_, _, err := w.Register(ctx, f)
			wantCode(t, err, mango.Invalid)
			if e, ok := err.(*mango.Error); !ok || e.Public != c.want {
				t.Errorf("says %v, want %q", err, c.want)
			}
		})
	}
	if page, err := w.store.PageUsers(ctx, mango.System, mango.UserFilter{}, mango.Page{}); err != nil || page.Total != 1 {
		t.Errorf("%d accounts, %v; refused forms must leave none", page.Total, err)
	}
}
