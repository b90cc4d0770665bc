package auth_test

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"mangosense/server/internal/auth"
	"mangosense/server/internal/clock"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

const goodPassword = "Carabao2026"

var secret = bytes.Repeat([]byte("k"), 32)

// world is a real store with accounts over it.
type world struct {
	*auth.Accounts
	store *store.Store
	clock *clock.Manual
	cfg   auth.Config
}

func newWorld(t testing.TB, change func(*auth.Config)) *world {
	t.Helper()
	w := &world{clock: clock.NewManual(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC))}
	db, err := store.Open(filepath.Join(t.TempDir(), store.FileName), store.Config{Log: slog.New(slog.DiscardHandler), Now: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	w.store = db
	w.cfg = auth.Config{
		Users: db, Sessions: db, Secret: secret,
		AccessLife: time.Hour, AdminAccessLife: 12 * time.Hour, RefreshLife: 7 * 24 * time.Hour,
		Log: slog.New(slog.DiscardHandler), Now: w.clock.Now,
	}
	if change != nil {
		change(&w.cfg)
	}
	w.Accounts = w.open(t)
	return w
}

// open builds the accounts again over the same store, as a restart does.
func (w *world) open(t testing.TB) *auth.Accounts {
	t.Helper()
	a, err := auth.New(w.cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func form() auth.Registration {
	return auth.Registration{FirstName: "Lito", LastName: "Reyes", Email: "lito@farm.example", Password: goodPassword,
		Province: "Guimaras", City: "Jordan", Barangay: "Hoskyn"}
}

// join registers a user and gives its tokens.
func (w *world) join(t testing.TB) (auth.Tokens, *mango.User) {
	t.Helper()
	tokens, u, err := w.Register(context.Background(), form())
	if err != nil {
		t.Fatal(err)
	}
	return tokens, u
}

func wantCode(t testing.TB, err error, code mango.Code) {
	t.Helper()
	if err == nil || mango.CodeOf(err) != code {
		t.Errorf("error %v, want code %s", err, code)
	}
}
