package auth_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mangosense/server/internal/auth"
)

func TestSecret(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	path := filepath.Join(dir, "secret")
	first, err := auth.LoadSecret(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(first) < 32 {
		t.Errorf("%d bytes", len(first))
	}
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	if again, err := auth.LoadSecret(path); err != nil || !bytes.Equal(first, again) {
		t.Errorf("read again it is another one: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := auth.LoadSecret(path); err != nil {
		t.Fatal(err)
	}
	if st, _ := os.Stat(path); st.Mode().Perm() != 0o600 {
		t.Errorf("a readable secret was left at %v", st.Mode())
	}
	if err := os.WriteFile(path, []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := auth.LoadSecret(path); !errors.Is(err, auth.ErrSecretFile) {
		t.Errorf("a short secret: %v", err)
	}
}

// TestUnusableSecret: what stands where the secret should is never replaced, and
// the error says why.
func TestUnusableSecret(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(dir string) (path string, err error)
		want error // nil: the secret is taken
	}{
		{"a byte too short", func(dir string) (string, error) {
			path := filepath.Join(dir, "secret")
			return path, os.WriteFile(path, []byte(" "+strings.Repeat("k", 31)+"\n"), 0o600)
		}, auth.ErrSecretFile},
		{"the shortest", func(dir string) (string, error) {
			path := filepath.Join(dir, "secret")
			return path, os.WriteFile(path, []byte(strings.Repeat("k", 32)+"\n"), 0o600)
		}, nil},
		{"a folder", func(dir string) (string, error) {
			path := filepath.Join(dir, "secret")
			return path, os.Mkdir(path, 0o700)
		}, auth.ErrSecretFile},
		{"in what is no folder", func(dir string) (string, error) {
			path := filepath.Join(dir, "data")
			return filepath.Join(path, "secret"), os.WriteFile(path, nil, 0o600)
		}, syscall.ENOTDIR},
		{"below what is no folder", func(dir string) (string, error) {
			path := filepath.Join(dir, "data")
			return filepath.Join(path, "a", "secret"), os.WriteFile(path, nil, 0o600)
		}, syscall.ENOTDIR},
		{"in a link to nowhere", func(dir string) (string, error) {
			data := filepath.Join(dir, "data")
			return filepath.Join(data, "secret"), os.Symlink(filepath.Join(dir, "gone"), data)
		}, fs.ErrExist},
		{"a link to nowhere", func(dir string) (string, error) {
			path := filepath.Join(dir, "secret")
			return path, os.Symlink(filepath.Join(dir, "gone"), path)
		}, fs.ErrNotExist},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, err := c.make(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			secret, err := auth.LoadSecret(path)
			if !errors.Is(err, c.want) || (c.want == nil) != (string(secret) == strings.Repeat("k", 32)) {
				t.Errorf("%d bytes, %v; want %v", len(secret), err, c.want)
			}
		})
	}
}

// TestSecretRace: programs that start together get one secret.
func TestSecretRace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	found := make([][]byte, 16)
	var wg sync.WaitGroup
	for i := range found {
		wg.Go(func() {
			var err error
			if found[i], err = auth.LoadSecret(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, s := range found {
		if !bytes.Equal(s, found[0]) {
			t.Fatal("two secrets")
		}
	}
}

func stamp(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func TestPhotoLinks(t *testing.T) {
	w := newWorld(t, nil)
	const name = "mango_images/a.jpg"
	until := w.clock.Now().Add(time.Hour)
	good := w.SignPhoto(name, until)
	for _, c := range []struct {
		name, photo, until, signature string
		want                          bool
	}{
		{"good", name, stamp(until), good, true},
		{"other photo", "mango_images/b.jpg", stamp(until), good, false},
		{"later", name, stamp(until.Add(time.Second)), good, false},
		{"plus sign", name, "+" + stamp(until), good, false},
		{"leading zero", name, "0" + stamp(until), good, false},
		{"no time", name, "", good, false},
		{"no signature", name, stamp(until), "", false},
		{"cut", name, stamp(until), good[:len(good)-2], false},
		{"longer", name, stamp(until), good + "AA", false},
		{"not base64", name, stamp(until), "%%%", false},
		{"newline moved", name[:5], stamp(until) + "\n" + name[5:], good, false},
	} {
		if got := w.PhotoSigned(c.photo, c.until, c.signature); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	w.clock.Pass(time.Hour - time.Second)
	if !w.PhotoSigned(name, stamp(until), good) {
		t.Error("in its last second the address does not count")
	}
	w.clock.Pass(time.Second)
	if w.PhotoSigned(name, stamp(until), good) {
		t.Error("an expired address counts")
	}
}
