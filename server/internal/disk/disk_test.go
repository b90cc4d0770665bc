package disk_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
)

func TestWriteIsWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	if err := disk.Write(path, 0o600, text("old")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if err := disk.Write(path, 0o600, func(w io.Writer) error { _, _ = io.WriteString(w, "ne"); return broken }); !errors.Is(err, broken) {
		t.Errorf("failing write: %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "old" {
		t.Errorf("after a failing write: %q, %v", b, err)
	}
	if err := disk.Write(path, 0o600, text("new")); err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(all) != 1 {
		t.Errorf("left: %v, %v", all, err)
	}
	if st, _ := os.Stat(path); st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
	f, err := disk.Temp(path, 0o600)
	if err != nil || !disk.IsTemp(filepath.Base(f.Name())) || disk.IsTemp("key") {
		t.Errorf("temporary name: %v, %v", f, err)
	}
	_ = f.Close()
}

func TestMkdirIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := errors.Join(disk.Mkdir(dir), disk.Mkdir(dir)); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(filepath.Dir(dir)); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", st, err)
	}
	file := filepath.Join(dir, "f")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := disk.Mkdir(file); err == nil {
		t.Error("a file is no folder")
	}
}

func TestFaultSaysWhatItMeans(t *testing.T) {
	own := mango.Errorf(mango.NotFound, "no")
	for _, c := range []struct {
		err  error
		want mango.Code
	}{
		{syscall.ENOSPC, mango.StoreFull},
		{fmt.Errorf("cannot write: %w", &os.PathError{Op: "write", Err: syscall.EDQUOT}), mango.StoreFull},
		{syscall.EFBIG, mango.StoreFull},
		{syscall.EIO, mango.StoreFailed},
		{syscall.EROFS, mango.StoreFailed},
		{own, mango.NotFound},
	} {
		if got := mango.CodeOf(disk.Fault(c.err)); got != c.want {
			t.Errorf("%v: %s, want %s", c.err, got, c.want)
		}
	}
	if disk.Fault(nil) != nil {
		t.Error("nil is a fault")
	}
}

func TestGuard(t *testing.T) {
	dir := t.TempDir()
	free, err := disk.Free(dir)
	if err != nil || free <= 0 {
		t.Fatal(free, err)
	}
	for _, c := range []struct {
		guard disk.Guard
		ask   int64
		want  mango.Code
	}{
		{disk.Guard{}, 1 << 60, ""},
		{disk.Guard{Dir: dir, Reserve: 1}, 1, ""},
		{disk.Guard{Dir: dir, Reserve: 1 << 60}, 1, mango.StoreFull},
		{disk.Guard{Dir: dir, Reserve: 1}, 1 << 60, mango.StoreFull},
		{disk.Guard{Dir: filepath.Join(dir, "gone"), Reserve: 1}, 1, mango.StoreFailed},
	} {
		var got mango.Code
		if err := c.guard.Allow(c.ask); err != nil {
			got = mango.CodeOf(err)
		}
		if got != c.want {
			t.Errorf("%+v asked for %d: %q, want %q", c.guard, c.ask, got, c.want)
		}
	}
}

func TestLockRemembersHowTheLastHolderEnded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	take := func(known, unclean bool) *disk.Lock {
		t.Helper()
		l, err := disk.TakeLock(path)
		if err != nil {
			t.Fatal(err)
		}
		if l.Known() != known || l.Unclean() != unclean {
			t.Errorf("known %v, unclean %v", l.Known(), l.Unclean())
		}
		return l
	}
	l := take(false, false)
	if _, err := disk.TakeLock(path); !errors.Is(err, disk.ErrLocked) {
		t.Errorf("taken twice: %v", err)
	}
	if err := errors.Join(l.Clean(), l.Close(), l.Close()); err != nil {
		t.Error(err)
	}
	l = take(true, false)
	_ = l.Close() // as a killed program would
	l = take(true, true)
	_ = l.Clean()
	_ = l.Close()
	_ = take(true, false).Close()
}
