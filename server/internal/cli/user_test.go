package cli_test

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"mangosense/server/internal/cli"
	"mangosense/server/internal/control"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// command runs the program's command line.
func command(stdin string, args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = cli.Main(args, cli.Streams{In: strings.NewReader(stdin), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// TestUser keeps accounts, once on the folder alone and once beside a server
// that holds the database.
func TestUser(t *testing.T) {
	for name, beside := range map[string]bool{"no server": false, "beside a server": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("DATA_DIR", dir)
			if beside {
				db, err := store.Open(filepath.Join(dir, store.FileName), store.Config{Log: slog.New(slog.DiscardHandler)})
				if err != nil {
					t.Fatal(err)
				}
				commands := control.Serve(dir, &control.Ops{Store: db}, slog.New(slog.DiscardHandler))
				t.Cleanup(func() {
					if err := commands.Close(); err != nil {
						t.Error(err)
					}
					if err := db.Close(); err != nil {
						t.Error(err)
					}
				})
			}
			userSteps(t)
			if beside {
				return
			}
			db, err := store.Open(filepath.Join(dir, store.FileName), store.Config{})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			u, err := db.UserByName(context.Background(), mango.System, "boss")
			if err != nil || !u.Admin || u.Disabled || u.Email != "boss@farm.example" || !strings.HasPrefix(u.Password, "$argon2id$") || u.SessionsFrom.IsZero() {
				t.Errorf("%+v, %v", u, err)
			}
		})
	}
}

func userSteps(t *testing.T) {
	t.Helper()
	for _, c := range []struct {
		name, stdin string
		args        []string
		code        int
		says        string // in either stream
	}{
		{"add", "Carabao2026\n", []string{"add", "--admin", "--username", "boss", "--email", "Boss@farm.example", "--password-stdin"}, 0, "added administrator boss"},
		{"add again", "Carabao2026", []string{"add", "--username", "BOSS", "--password-stdin"}, 1, "already exists"},
		{"a password that the rules would refuse", "all lower case", []string{"add", "--username", "ana", "--password-stdin"}, 0, "note: Password must contain at least one digit."},
		{"short password", "short\n", []string{"add", "--username", "ben", "--password-stdin"}, 1, "at least 8 characters"},
		{"no password", "", []string{"add", "--username", "ben", "--password-stdin"}, 1, "at least 8 characters"},
		{"no way to a password", "x", []string{"add", "--username", "ben"}, 2, "--password-stdin"},
		{"no name", "Carabao2026", []string{"add", "--password-stdin"}, 2, "--username"},
		{"bad address", "Carabao2026", []string{"add", "--username", "ben", "--email", "ben", "--password-stdin"}, 2, "not an address"},
		{"disable", "", []string{"disable", "boss"}, 0, "disabled administrator boss"},
		{"list", "", []string{"list"}, 0, "disabled"},
		{"enable", "", []string{"enable", "--username", "boss"}, 0, "enabled administrator boss"},
		{"password", "Tamaraw2026\r\n", []string{"password", "boss", "--password-stdin"}, 0, "gave a new password to administrator boss"},
		{"unknown", "", []string{"disable", "nobody"}, 1, "no account"},
		{"two names", "", []string{"disable", "a", "--username", "b"}, 2, "given twice"},
		{"list as JSON", "", []string{"list", "--json"}, 0, `"username":"boss","email":"boss@farm.example"`},
	} {
		code, out, errs := command(c.stdin, append([]string{"user"}, c.args...)...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("%s: code %d, want %d and %q in:\n%s%s", c.name, code, c.code, c.says, out, errs)
		}
		if strings.Contains(out+errs, "argon2") || strings.Contains(out+errs, "2026") && c.name != "list" && c.name != "list as JSON" {
			t.Errorf("%s shows a secret:\n%s%s", c.name, out, errs)
		}
	}
}
