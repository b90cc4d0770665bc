package media_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mangosense/server/internal/clock"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/media"
)

var ctx = context.Background()

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func open(t *testing.T, cfg media.Config) *media.Room {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = filepath.Join(t.TempDir(), "media")
	}
	cfg.Log = quiet()
	r, err := media.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func put(t *testing.T, r *media.Room, content string) mango.Hold {
	t.Helper()
	h, err := r.PutPhoto(ctx, sha256.Sum256([]byte(content)), "jpeg", func(w io.Writer) error { _, err := io.WriteString(w, content); return err })
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestPhotoIsKeptOnceAndPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "media")
	r := open(t, media.Config{Dir: dir})
	var wg sync.WaitGroup
	writes := make(chan struct{}, 100)
	for range 20 {
		wg.Go(func() {
			h, err := r.PutPhoto(ctx, sha256.Sum256([]byte("leaf")), "webp", func(w io.Writer) error {
				writes <- struct{}{}
				_, err := io.WriteString(w, "leaf")
				return err
			})
			if err != nil || h.Size() != 4 {
				t.Error(err)
				return
			}
			_ = h.Close()
			_ = h.Close()
		})
	}
	wg.Wait()
	if len(writes) != 1 {
		t.Errorf("written %d times", len(writes))
	}
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		st, _ := d.Info()
		if want := map[bool]os.FileMode{true: 0o700, false: 0o600}[d.IsDir()]; st.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, st.Mode())
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	f, err := r.OpenPhoto(fmt.Sprintf("mango_images/%x.webp", sha256.Sum256([]byte("leaf"))))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil || string(b) != "leaf" || f.Size() != 4 || f.ContentType() != "image/webp" {
		t.Errorf("%q, %d, %s, %v", b, f.Size(), f.ContentType(), err)
	}
}

func TestFailedWriteLeavesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "media")
	r := open(t, media.Config{Dir: dir})
	broken := errors.New("broken")
	for name, write := range map[string]func(io.Writer) error{
		"error after a part": func(w io.Writer) error { _, _ = io.WriteString(w, "half"); return broken },
		"nothing written":    func(io.Writer) error { return nil },
	} {
		if _, err := r.PutPhoto(ctx, sha256.Sum256([]byte("leaf")), "jpeg", write); mango.CodeOf(err) != mango.StoreFailed {
			t.Errorf("%s: %v", name, err)
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "mango_images", "*", "*"))
	hidden, _ := filepath.Glob(filepath.Join(dir, "mango_images", "*", ".*"))
	if len(files)+len(hidden) > 0 {
		t.Errorf("left: %v %v", files, hidden)
	}
}

func TestOnlyOwnNamesOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "media")
	r := open(t, media.Config{Dir: dir})
	if err := os.WriteFile(filepath.Join(filepath.Dir(dir), "secret_key"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	digits := strings.Repeat("a", 64)
	for _, name := range []string{"", "mango_images/", "../secret_key", "mango_images/../../secret_key", "mango_images/" + digits, "/mango_images/" + digits + ".jpg",
		"mango_images/" + strings.ToUpper(digits) + ".jpg", "mango_images/" + digits + ".gif", "mango_images/" + digits[:63] + "/.jpg", "mango_images/" + digits + ".jpg\x00"} {
		if f, err := r.OpenPhoto(name); mango.CodeOf(err) != mango.NotFound {
			t.Errorf("%q opens: %v, %v", name, f, err)
		}
	}
	if _, err := r.PutPhoto(ctx, [32]byte{}, "gif", nil); mango.CodeOf(err) != mango.WrongType {
		t.Errorf("gif: %v", err)
	}
}

func TestSweepTakesOrphansAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "media")
	r := open(t, media.Config{Dir: dir, Grace: time.Hour})
	needed, orphan, young, held := put(t, r, "needed"), put(t, r, "orphan"), put(t, r, "young"), put(t, r, "held")
	_, _, _ = needed.Close(), orphan.Close(), young.Close()
	shard := filepath.Join(dir, "mango_images", "00")
	if err := os.MkdirAll(shard, 0o700); err != nil {
		t.Fatal(err)
	}
	leftover, stranger := filepath.Join(shard, ".x.jpg.0a0b0c0d0e0f.tmp"), filepath.Join(shard, "holiday.jpg")
	for _, path := range []string{leftover, stranger} {
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * time.Hour)
	files, _ := filepath.Glob(filepath.Join(dir, "mango_images", "*", "*"))
	for _, path := range append(files, leftover) {
		if !strings.Contains(path, strings.TrimPrefix(young.Name(), "mango_images/")) {
			if err := os.Chtimes(path, long, long); err != nil {
				t.Fatal(err)
			}
		}
	}
	last := 0.0
	s, err := r.Sweep(ctx, media.Sweeping{Needed: func(name string) (bool, error) { return name == needed.Name(), nil }, Progress: func(done float64) { last = done }})
	if err != nil || s.Removed != 2 || s.Kept != 2 || s.Held != 1 || last != 1 {
		t.Errorf("%+v, %v, %v", s, last, err)
	}
	for _, h := range []mango.Hold{needed, young, held} {
		if f, err := r.OpenPhoto(h.Name()); err != nil {
			t.Errorf("%s: %v", h.Name(), err)
		} else {
			_ = f.Close()
		}
	}
	if _, err := os.Stat(stranger); err != nil {
		t.Error(err)
	}
	// Given back, the held one goes as well; a failing question removes nothing.
	_ = held.Close()
	if err := r.Remove(held.Name(), func(string) (bool, error) { return false, errors.New("store is down") }); err == nil {
		t.Error("removed without an answer")
	}
	if err := r.Remove(held.Name(), func(string) (bool, error) { return false, nil }); err != nil {
		t.Error(err)
	}
	if _, err := r.OpenPhoto(held.Name()); mango.CodeOf(err) != mango.NotFound {
		t.Error("still there")
	}
}

// Photos are put, held and removed by many at once: whoever holds one can read
// it, always.
func TestNobodyLosesAHeldPhoto(t *testing.T) {
	r := open(t, media.Config{})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 60 {
				content := fmt.Sprintf("leaf %d", i%3)
				h := put(t, r, content)
				f, err := r.OpenPhoto(h.Name())
				if err != nil {
					t.Errorf("a held photo is gone: %v", err)
				} else {
					b, _ := io.ReadAll(f)
					if !bytes.Equal(b, []byte(content)) {
						t.Errorf("%q", b)
					}
					_ = f.Close()
				}
				_ = h.Close()
				if g%2 == 0 {
					_ = r.Remove(h.Name(), func(string) (bool, error) { return false, nil })
				}
			}
		})
	}
	wg.Wait()
}

func TestReserveAndClose(t *testing.T) {
	r := open(t, media.Config{Reserve: 1 << 60})
	_, err := r.PutPhoto(ctx, [32]byte{1}, "jpeg", func(w io.Writer) error { _, err := io.WriteString(w, "x"); return err })
	if mango.CodeOf(err) != mango.StoreFull {
		t.Errorf("below the reserve: %v", err)
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Error(err)
	}
	if _, err := r.PutPhoto(ctx, [32]byte{1}, "jpeg", nil); !errors.Is(err, media.ErrClosed) {
		t.Errorf("after close: %v", err)
	}
}

// TestSweepAndSteps: a photo without a record goes after its time, whenever the
// clock says that it was written, and not before.
func TestSweepAndSteps(t *testing.T) {
	m := clock.NewManual(time.Now())
	dir := filepath.Join(t.TempDir(), "media")
	r := open(t, media.Config{Dir: dir, Grace: time.Hour, Now: m.Now})
	orphan := put(t, r, "orphan")
	_ = orphan.Close()
	files, _ := filepath.Glob(filepath.Join(dir, "mango_images", "*", "*"))
	ahead := m.Now().AddDate(10, 0, 0)
	if err := os.Chtimes(files[0], ahead, ahead); err != nil {
		t.Fatal(err)
	}
	for i, want := range []media.Swept{{Held: 1}, {Held: 1}, {Removed: 1}} {
		got, err := r.Sweep(ctx, media.Sweeping{Needed: func(string) (bool, error) { return false, nil }})
		if got.RemovedBytes = 0; err != nil || got != want {
			t.Errorf("sweep %d: %+v, %v; want %+v", i, got, err, want)
		}
		m.Pass(50 * time.Minute)
	}
}

// A writer that panics leaves nothing locked: the same photo can be kept
// afterwards, and nothing holds it.
func TestPanicInAWriterLocksNothing(t *testing.T) {
	dir := t.TempDir()
	r := open(t, media.Config{Dir: dir, Grace: time.Nanosecond})
	sum := sha256.Sum256([]byte("photo"))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = r.PutPhoto(ctx, sum, "jpeg", func(io.Writer) error { panic("a decoder") })
	}()
	h := put(t, r, "photo")
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if s, err := r.Sweep(ctx, media.Sweeping{Needed: func(string) (bool, error) { return false, nil }}); err != nil || s.Removed == 0 {
		t.Errorf("%+v, %v", s, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "mango_images", "*", "*")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}
