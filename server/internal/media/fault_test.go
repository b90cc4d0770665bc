package media_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/media"
)

func nameOf(content string) string { return media.Name(sha256.Sum256([]byte(content)), "jpeg") }

// pathOf is where a photo lies below a room's folder.
func pathOf(dir, name string) string {
	file := strings.TrimPrefix(name, "mango_images/")
	return filepath.Join(dir, "mango_images", file[:2], file)
}

// place puts at the path of a photo what is no photo.
var places = map[string]func(path string) error{
	"nothing":       func(path string) error { return nil },
	"an empty file": func(path string) error { return os.WriteFile(path, nil, 0o600) },
	"a photo":       func(path string) error { return os.WriteFile(path, []byte("leaf"), 0o600) },
	"a folder": func(path string) error {
		return errors.Join(os.Mkdir(path, 0o700), os.Mkdir(filepath.Join(path, "x"), 0o700))
	},
	"a link to self": func(path string) error { return os.Symlink(path, path) },
}

// TestWhatStandsInAPhotosPlace: what each call answers to it.
func TestWhatStandsInAPhotosPlace(t *testing.T) {
	for _, c := range []struct {
		place                     string
		open, has, put, remove    mango.Code // "": no error
		there, written, removable bool
	}{
		{place: "nothing", open: mango.NotFound, written: true},
		{place: "an empty file", there: true, written: true, removable: true},
		{place: "a photo", there: true, removable: true},
		{place: "a folder", open: mango.NotFound, put: mango.StoreFailed, remove: mango.Internal, written: true},
		{place: "a link to self", open: mango.StoreFailed, has: mango.StoreFailed, written: true, removable: true},
	} {
		t.Run(c.place, func(t *testing.T) {
			fresh := func() (r *media.Room, path string) {
				dir := filepath.Join(t.TempDir(), "media")
				r = open(t, media.Config{Dir: dir})
				path = pathOf(dir, nameOf("leaf"))
				if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), places[c.place](path)); err != nil {
					t.Fatal(err)
				}
				return r, path
			}
			want := func(what string, err error, code mango.Code) {
				t.Helper()
				if (err == nil) != (code == "") || err != nil && mango.CodeOf(err) != code {
					t.Errorf("%s: %v, want %q", what, err, code)
				}
			}
			r, path := fresh()
			f, err := r.OpenPhoto(nameOf("leaf"))
			want("open", err, c.open)
			if err == nil {
				_ = f.Close()
			}
			there, err := r.Has(nameOf("leaf"))
			want("has", err, c.has)
			if there != c.there {
				t.Errorf("has: %v", there)
			}
			err = r.Remove(nameOf("leaf"), func(string) (bool, error) { return false, nil })
			want("remove", err, c.remove)
			if _, err := os.Lstat(path); c.removable && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("after remove: %v", err)
			}
			r, path = fresh()
			written := false
			h, err := r.PutPhoto(ctx, sha256.Sum256([]byte("leaf")), "jpeg", func(w io.Writer) error {
				written = true
				_, err := io.WriteString(w, "leaf")
				return err
			})
			want("put", err, c.put)
			if written != c.written {
				t.Errorf("put: written %v", written)
			}
			if err == nil {
				if b, err := os.ReadFile(path); string(b) != "leaf" || h.Size() != 4 || h.Name() != nameOf("leaf") {
					t.Errorf("put: %q, %v, %s of %d bytes", b, err, h.Name(), h.Size())
				}
			}
		})
	}
}

// TestPutRefuses: a photo is not begun where it cannot be kept.
func TestPutRefuses(t *testing.T) {
	gone, cancel := context.WithCancel(ctx)
	cancel()
	for _, c := range []struct {
		name   string
		ctx    context.Context
		format string
		make   func(dir string) error
		want   error
		code   mango.Code
	}{
		{"caller gone", gone, "jpeg", func(string) error { return nil }, context.Canceled, mango.Internal},
		{"format that is not kept", ctx, "gif", func(string) error { return nil }, nil, mango.WrongType},
		{"a file where the folder should be", ctx, "jpeg", func(dir string) error {
			return os.WriteFile(filepath.Dir(pathOf(dir, nameOf("leaf"))), nil, 0o600)
		}, syscall.ENOTDIR, mango.StoreFailed},
		{"no folder of photos", ctx, "jpeg", func(dir string) error { return os.Remove(filepath.Join(dir, "mango_images")) }, os.ErrNotExist, mango.StoreFailed},
	} {
		dir := filepath.Join(t.TempDir(), "media")
		r := open(t, media.Config{Dir: dir})
		if err := c.make(dir); err != nil {
			t.Fatal(err)
		}
		_, err := r.PutPhoto(c.ctx, sha256.Sum256([]byte("leaf")), c.format, func(w io.Writer) error { _, err := io.WriteString(w, "leaf"); return err })
		if err == nil || mango.CodeOf(err) != c.code || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := media.Open(media.Config{Dir: filepath.Join("/dev/null", "media")}); mango.CodeOf(err) != mango.StoreFailed {
		t.Errorf("opened below what is no folder: %v", err)
	}
}

// TestNamesAreStrict: both sides of what may stand in a name.
func TestNamesAreStrict(t *testing.T) {
	r := open(t, media.Config{})
	asked := ""
	for name, want := range map[string]bool{
		"mango_images/" + strings.Repeat("09af", 16) + ".png":  true,
		"mango_images/" + strings.Repeat("0", 64) + ".webp":    true,
		"mango_images/" + strings.Repeat("0", 63) + "/.png":    false,
		"mango_images/" + strings.Repeat("0", 63) + ":.png":    false,
		"mango_images/" + strings.Repeat("0", 63) + "`.png":    false,
		"mango_images/" + strings.Repeat("0", 63) + "g.png":    false,
		"mango_images/" + strings.Repeat("0", 63) + ".png":     false,
		"mango_images/" + strings.Repeat("0", 65) + ".png":     false,
		"mango_images/" + strings.Repeat("0", 64):              false,
		"mango_images/" + strings.Repeat("0", 64) + ".jpeg":    false,
		"other_images/" + strings.Repeat("0", 64) + ".png":     false,
		"mango_images/00/" + strings.Repeat("0", 64) + ".png":  false,
		"mango_images/" + strings.Repeat("0", 64) + ".png.png": false,
	} {
		asked = ""
		if err := r.Remove(name, func(n string) (bool, error) { asked = n; return false, nil }); err != nil || (asked == name) != want {
			t.Errorf("%q: asked for %q, %v", name, asked, err)
		}
	}
	for format, want := range map[string]bool{"jpeg": true, "png": true, "webp": true, "gif": false, "": false, "JPEG": false} {
		if got := media.Name([32]byte{}, format); (got != "") != want {
			t.Errorf("format %q: %q", format, got)
		}
	}
}

// TestHolds: a photo stays until its last holder has let go, however often one
// of them does so.
func TestHolds(t *testing.T) {
	r := open(t, media.Config{})
	one, two := put(t, r, "leaf"), put(t, r, "leaf")
	remove := func(needed bool) bool {
		t.Helper()
		if err := r.Remove(nameOf("leaf"), func(string) (bool, error) { return needed, nil }); err != nil {
			t.Error(err)
		}
		there, err := r.Has(nameOf("leaf"))
		if err != nil {
			t.Error(err)
		}
		return !there
	}
	_, _ = one.Close(), one.Close()
	if remove(false) {
		t.Fatal("removed, though held")
	}
	_ = two.Close()
	if remove(true) {
		t.Fatal("removed, though needed")
	}
	if !remove(false) {
		t.Error("not removed, though nobody needs it")
	}
	if err := r.Remove(nameOf("leaf"), func(string) (bool, error) { return false, nil }); err != nil {
		t.Errorf("a second time: %v", err)
	}
	_ = r.Close()
	if err := r.Remove(nameOf("leaf"), nil); !errors.Is(err, media.ErrClosed) {
		t.Errorf("after close: %v", err)
	}
}

// TestMirror: what a copy takes over, what it passes over, and where it stops.
func TestMirror(t *testing.T) {
	gone, cancel := context.WithCancel(ctx)
	broken := errors.New("the list broke")
	for _, c := range []struct {
		name   string
		change func(t *testing.T, to *media.Room, from, dir string)
		list   func(each func(string) error) error
		copied int
		err    error
		code   mango.Code
	}{
		{name: "all", copied: 3},
		{name: "one is there", copied: 2, change: func(t *testing.T, _ *media.Room, _, dir string) { leave(t, pathOf(dir, nameOf("a")), "a") }},
		{name: "one is there, but empty", copied: 3, change: func(t *testing.T, _ *media.Room, _, dir string) { leave(t, pathOf(dir, nameOf("a")), "") }},
		{name: "one is gone", copied: 2, change: func(t *testing.T, _ *media.Room, from, _ string) {
			if err := os.Remove(pathOf(from, nameOf("b"))); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "no names of photos", list: func(each func(string) error) error { return errors.Join(each(""), each("x.jpg"), each("../secret")) }},
		{name: "one cannot be read", copied: 1, code: mango.StoreFailed, err: syscall.ELOOP, change: func(t *testing.T, _ *media.Room, from, _ string) {
			path := pathOf(from, nameOf("b"))
			if err := errors.Join(os.Remove(path), os.Symlink(path, path)); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "one cannot be written", copied: 0, code: mango.StoreFailed, err: syscall.ENOTDIR, change: func(t *testing.T, _ *media.Room, _, dir string) {
			if err := os.WriteFile(filepath.Dir(pathOf(dir, nameOf("a"))), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "the list breaks", list: func(each func(string) error) error { return errors.Join(each(nameOf("a")), broken) }, copied: 1, err: broken, code: mango.Internal},
		{name: "the copy is closed", err: media.ErrClosed, code: mango.StoreDown, change: func(_ *testing.T, to *media.Room, _, _ string) { _ = to.Close() }},
		{name: "the caller goes", copied: 1, err: context.Canceled, code: mango.Internal, change: func(*testing.T, *media.Room, string, string) { cancel() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			top := t.TempDir()
			from, dir := filepath.Join(top, "from"), filepath.Join(top, "to")
			r, to := open(t, media.Config{Dir: from}), open(t, media.Config{Dir: dir})
			for _, content := range []string{"a", "b", "c"} {
				_ = put(t, r, content).Close()
			}
			use := ctx
			if c.change != nil {
				c.change(t, to, from, dir)
			}
			if c.name == "the caller goes" {
				use = gone
			}
			copied, err := r.Mirror(use, to, func(_ context.Context, each func(string) error) error {
				if c.list != nil {
					return c.list(each)
				}
				for _, content := range []string{"a", "b", "c"} {
					if err := each(nameOf(content)); err != nil {
						return err
					}
				}
				return nil
			})
			if copied != c.copied || !errors.Is(err, c.err) || err != nil && mango.CodeOf(err) != c.code {
				t.Errorf("%d copied, %v; want %d, %v", copied, err, c.copied, c.err)
			}
			if err != nil {
				return
			}
			for _, content := range []string{"a", "b", "c"}[:c.copied] {
				if b, err := os.ReadFile(pathOf(dir, nameOf(content))); c.copied == 3 && (err != nil || string(b) != content) {
					t.Errorf("the copy of %q is %q, %v", content, b, err)
				}
			}
			// Nothing is held afterwards.
			if err := to.Remove(nameOf("a"), func(string) (bool, error) { return false, nil }); err != nil {
				t.Error(err)
			}
			if there, err := to.Has(nameOf("a")); there || err != nil {
				t.Errorf("still held: %v", err)
			}
		})
	}
}

func leave(t *testing.T, path, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// date gives a file an age.
func date(t *testing.T, path string, at time.Time) {
	t.Helper()
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}
