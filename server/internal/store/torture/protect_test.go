package torture_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// fill takes every byte that is left on the disk of dir, as another program may.
func fill(t *testing.T, dir string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, "foreign"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		n, err := f.Write(make([]byte, size))
		if n == 0 {
			size /= 2
		}
		if err != nil && !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}

// TestProtectOnAFullDisk: without a free byte on the disk, and also after a start
// on it, accounts are locked, passwords changed, sessions ended, and records and
// accounts deleted. Nothing else is stored.
func TestProtectOnAFullDisk(t *testing.T) {
	for name, reserve := range map[string]int64{"no reserve is configured": 0, "with a reserve": 2 << 20} {
		t.Run(name, func(t *testing.T) {
			dir := small(t, "64")
			path := filepath.Join(dir, store.FileName)
			cfg := store.Config{Log: quiet(), Reserve: reserve}
			s, err := store.Open(path, cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			boss, err := s.AddUser(ctx, mango.System, &mango.User{Username: "boss", Admin: true, Password: "old"})
			if err != nil {
				t.Fatal(err)
			}
			admin := mango.Actor{User: boss, Admin: true}
			var users, records []uint64
			for i := range 4 {
				id, err := s.AddUser(ctx, mango.System, &mango.User{Username: "user" + strconv.Itoa(i), Password: "old"})
				if err != nil {
					t.Fatal(err)
				}
				users = append(users, id)
				for range 300 {
					id, err := s.AddRecord(ctx, mango.System, &mango.Record{User: users[i], Kind: mango.Leaf, Disease: "Anthracnose", OriginalName: "image.jpg"})
					if err != nil {
						t.Fatal(err)
					}
					records = append(records, id)
				}
			}
			for round := range 2 {
				fill(t, dir)
				if round == 1 { // a start on the full disk
					if err := s.Close(); err != nil {
						t.Fatal(err)
					}
					if s, err = store.Open(path, cfg); err != nil {
						t.Fatalf("cannot start on a full disk: %v", err)
					}
				}
				if reserve > 0 {
					if _, err := s.AddRecord(ctx, mango.System, &mango.Record{User: users[2], Kind: mango.Leaf}); mango.CodeOf(err) != mango.StoreFull {
						t.Errorf("a save on a full disk: %v", err)
					}
				}
				one := users[round]
				for what, do := range map[string]func() error{
					"disable": func() error {
						_, err := s.ChangeUser(ctx, admin, users[2], mango.UserChange{Disabled: new(round == 0)})
						return err
					},
					"password": func() error {
						_, err := s.ChangeUser(ctx, admin, boss, mango.UserChange{Password: new("new" + strconv.Itoa(round))})
						return err
					},
					"logout": func() error {
						return s.EndSession(ctx, admin, "session"+strconv.Itoa(round), time.Now().Add(time.Hour))
					},
					"records": func() error { return s.DeleteRecords(ctx, admin, records[900+100*round:1000+100*round]) },
					"account": func() error { return s.DeleteUser(ctx, mango.System, one) },
				} {
					if err := do(); err != nil {
						t.Errorf("round %d, %s on a full disk: %v", round, what, err)
					}
				}
			}
			if u, err := s.User(ctx, mango.System, boss); err != nil || u.Password != "new1" {
				t.Errorf("%+v, %v", u, err)
			}
			if n, err := s.CountRecords(ctx); err != nil || n != 400 {
				t.Errorf("%d records, want 400; %v", n, err)
			}
			if err := s.Check(ctx, nil); err != nil {
				t.Error(err)
			}
		})
	}
}
