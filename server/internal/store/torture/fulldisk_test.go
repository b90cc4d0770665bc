package torture_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
)

// small mounts a file system of a few megabytes.
func small(t *testing.T, megabytes string) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+megabytes+"m"); err != nil {
		t.Skipf("cannot mount a small disk here: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

// TestFullDisk fills the disk to the last byte, with and without a reserve.
func TestFullDisk(t *testing.T) {
	for name, reserve := range map[string]int64{"to the last byte": 0, "with a reserve": 3 << 20} {
		t.Run(name, func(t *testing.T) {
			dir := small(t, "12")
			room, err := media.Open(media.Config{Dir: filepath.Join(dir, "media"), Reserve: reserve, Log: quiet()})
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, store.FileName)
			s, err := store.Open(path, store.Config{Log: quiet(), Reserve: reserve})
			if err != nil {
				t.Fatal(err)
			}
			p := newPromises()
			refused := 0
			for n := uint64(0); refused < 20; n++ {
				r, err := save(s, room, n)
				switch {
				case err == nil:
					p.kept[r.ID] = n
				case mango.CodeOf(err) == mango.StoreFull:
					var e *mango.Error
					if !errors.As(err, &e) || !strings.Contains(e.Public, "disk") {
						t.Fatalf("no clear sentence: %v", err)
					}
					refused++
				default:
					t.Fatalf("photo %d: %v", n, err)
				}
			}
			if reserve > 0 {
				if h := s.Health(); h.State != mango.StoreIsFull {
					t.Errorf("health: %+v", h)
				}
				if h := s.Health(); h.FreeBytes < reserve/2 {
					t.Errorf("only %d bytes are left of the reserve", h.FreeBytes)
				}
			}
			// Reading and deleting go on, and when there is room, so does storing.
			var some []uint64
			for id := range p.kept {
				if some = append(some, id); len(some) == len(p.kept)/2 {
					break
				}
			}
			if _, err := s.Record(ctx, mango.System, some[0]); err != nil {
				t.Error(err)
			}
			if reserve > 0 { // without one there may be no room left to delete
				var names []string
				for _, id := range some {
					r, err := s.Record(ctx, mango.System, id)
					if err != nil {
						t.Fatal(err)
					}
					names = append(names, r.Media)
				}
				if err := s.DeleteRecords(ctx, mango.System, some); err != nil {
					t.Fatalf("delete on a full disk: %v", err)
				}
				for i, name := range names {
					if err := room.Remove(name, s.PhotoNeeded); err != nil {
						t.Fatal(err)
					}
					delete(p.kept, some[i])
				}
			} else if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT, "size=24m"); err != nil {
				t.Fatal(err)
			}
			comesBack(t, s, room, p)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := p.verify(dir, true); err != nil {
				t.Error(err)
			}
		})
	}
}

func comesBack(t *testing.T, s *store.Store, room *media.Room, p *promises) {
	t.Helper()
	var err error
	for range 100 {
		var r *mango.Record
		if r, err = save(s, room, 1<<40); err == nil {
			p.kept[r.ID] = 1 << 40
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("storing does not come back: %v", err)
}

// TestReadOnlyDisk remounts the disk under a running store.
func TestReadOnlyDisk(t *testing.T) {
	dir := small(t, "64")
	s, room, err := openBoth(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := newPromises()
	for n := range uint64(10) {
		r, err := save(s, room, n)
		if err != nil {
			t.Fatal(err)
		}
		p.kept[r.ID] = n
	}
	// The database is open for writing, so the kernel refuses the remount of
	// the whole file system; a read-only bind mount over it does as well for
	// what is opened from now on, which the photos are.
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil && !errors.Is(err, syscall.EBUSY) {
		t.Fatal(err)
	} else if err != nil {
		if err := unix.Mount(dir, dir, "", unix.MS_BIND, ""); err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
		if err := unix.Mount("", dir, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
			t.Skip(err)
		}
		room, err = media.Open(media.Config{Dir: filepath.Join(dir, "media"), Log: quiet()})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Create(filepath.Join(dir, "x")); !errors.Is(err, syscall.EROFS) {
		t.Fatalf("the disk is not read-only: %v", err)
	}
	if _, err := save(s, room, 99); mango.CodeOf(err) != mango.StoreFailed {
		t.Errorf("save on a read-only disk: %v", err)
	}
	for id := range p.kept {
		if _, err := s.Record(ctx, mango.System, id); err != nil {
			t.Error(err)
		}
	}
	if err := unix.Mount("", dir, "", unix.MS_BIND|unix.MS_REMOUNT, ""); err != nil {
		if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT, ""); err != nil {
			t.Fatal(err)
		}
	}
	comesBack(t, s, room, p)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.verify(dir, true); err != nil {
		t.Error(err)
	}
}
