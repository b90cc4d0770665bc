package torture_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mangosense/server/internal/mango"
)

// realDisk makes an ext4 file system in a file and mounts it.
func realDisk(t *testing.T, options string) (dir string, mount, unmount func()) {
	t.Helper()
	image := filepath.Join(t.TempDir(), "disk")
	dir = t.TempDir()
	f, err := os.Create(image)
	if err == nil {
		err = errors.Join(f.Truncate(256<<20), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", image).CombinedOutput(); err != nil {
		t.Skipf("cannot make an ext4 file system here: %v %s", err, out)
	}
	try := func() error { return exec.Command("mount", "-o", "loop"+options, image, dir).Run() }
	if err := try(); err != nil {
		t.Skipf("cannot mount an ext4 file system here: %v", err)
	}
	mount = func() {
		t.Helper()
		if err := try(); err != nil {
			t.Fatalf("cannot mount after the power cut: %v", err)
		}
	}
	unmount = func() {
		t.Helper()
		var err error
		for range 100 { // a killed program may take a moment to let go
			if err = unix.Unmount(dir, 0); !errors.Is(err, unix.EBUSY) {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if err != nil {
			t.Fatalf("cannot unmount: %v", err)
		}
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir, mount, unmount
}

// TestPowerCutOnARealDisk shuts an ext4 file system down under a busy writer,
// without its journal being flushed (EXT4_IOC_SHUTDOWN): what was not on the
// disk is lost, as in a power cut, and every further call fails with EIO. After
// the journal was played back, everything promised must be there.
func TestPowerCutOnARealDisk(t *testing.T) {
	for name, c := range map[string]struct {
		options   string
		few, many int
	}{
		"data=ordered":   {"", 2, 100},
		"data=writeback": {",data=writeback", 1, 100},
	} {
		t.Run(name, func(t *testing.T) {
			cuts := c.few
			if full() {
				cuts = c.many
			}
			disk, mount, unmount := realDisk(t, c.options)
			all, answered, deleted := newPromises(), 0, 0
			for i := range cuts {
				out := cutPower(t, disk, i)
				unmount()
				mount()
				round := newPromises()
				for _, p := range []*promises{all, round} {
					if err := p.read(out); err != nil {
						t.Fatalf("cut %d: %v", i, err)
					}
				}
				answered, deleted = answered+len(round.kept), deleted+len(round.deleted)
				if err := all.verify(filepath.Join(disk, "data"), true); err != nil {
					t.Fatalf("cut %d: %v", i, err)
				}
				if i%10 == 9 { // afresh, so that the disk does not fill up
					removeAll(filepath.Join(disk, "data"))
					all.forget()
				}
			}
			t.Logf("%d power cuts, %d records and %d deletions answered", cuts, answered, deleted)
		})
	}
}

// cutPower runs the victim on a disk that goes away after a random while.
func cutPower(t *testing.T, disk string, seed int) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "MANGOSENSE_VICTIM="+filepath.Join(disk, "data"), "MANGOSENSE_SEED="+strconv.Itoa(seed+1))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Duration(100+rand.IntN(500)) * time.Millisecond)
	if err := shutDown(disk); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		t.Skipf("this kernel shuts no file system down: %v", err)
	}
	time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond) // what is answered now would be a lie
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return out.String()
}

// shutDown is EXT4_IOC_SHUTDOWN without flushing the journal.
func shutDown(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	const ioctl, withoutFlush = 0x8004587d, 2
	return unix.IoctlSetPointerInt(int(d.Fd()), ioctl, withoutFlush)
}

// TestDiskTurnsReadOnly lets ext4 stop writing under an open store, as it does
// after an error of the card: every call that writes fails with EROFS.
func TestDiskTurnsReadOnly(t *testing.T) {
	disk, mount, unmount := realDisk(t, "")
	dir := filepath.Join(disk, "data")
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
	if out, err := exec.Command("mount", "-o", "remount,abort", disk).CombinedOutput(); err != nil {
		t.Logf("remount: %v %s", err, out) // the kernel may say so, and yet has done it
	}
	if f, err := os.Create(filepath.Join(disk, "x")); !errors.Is(err, unix.EROFS) {
		_ = f.Close()
		_ = s.Close()
		t.Skipf("this kernel does not turn a disk read-only: %v", err)
	}
	for n := range uint64(3) {
		_, err := save(s, room, 90+n)
		var e *mango.Error
		if mango.CodeOf(err) != mango.StoreFailed || !errors.As(err, &e) || !strings.Contains(e.Public, "not stored") {
			t.Errorf("a photo on a read-only disk: %v", err)
		}
		// The record alone, so that it is the database that cannot be written.
		_, err = s.AddRecord(ctx, mango.System, &mango.Record{Kind: mango.Leaf, Disease: "Healthy"})
		if mango.CodeOf(err) != mango.StoreFailed {
			t.Errorf("a record on a read-only disk: %v", err)
		}
	}
	for id := range p.kept {
		if _, err := s.Record(ctx, mango.System, id); err != nil {
			t.Errorf("a record on a read-only disk: %v", err)
		}
	}
	if h := s.Health(); h.State != mango.StoreIsReadOnly || h.Sentence == "" {
		t.Errorf("health: %+v", h)
	}
	// A program that starts now can read too.
	if err := errors.Join(s.Close(), room.Close()); err != nil {
		t.Error(err)
	}
	if s, room, err = openBoth(dir); err != nil {
		t.Fatal(err)
	}
	for id := range p.kept {
		if _, err := s.Record(ctx, mango.System, id); err != nil {
			t.Errorf("a record on a read-only disk after a start: %v", err)
		}
	}
	if _, err := save(s, room, 99); mango.CodeOf(err) != mango.StoreFailed {
		t.Errorf("a photo on a read-only disk after a start: %v", err)
	}
	// Where the disk is only mounted so, storing comes back with a remount.
	if err := errors.Join(s.Close(), room.Close()); err != nil {
		t.Error(err)
	}
	unmount()
	mount()
	remount := func(how string) {
		t.Helper()
		if out, err := exec.Command("mount", "-o", "remount,"+how, disk).CombinedOutput(); err != nil {
			t.Fatalf("remount: %v %s", err, out)
		}
	}
	remount("ro")
	if s, room, err = openBoth(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := save(s, room, 99); mango.CodeOf(err) != mango.StoreFailed {
		t.Errorf("a photo on a disk that is mounted read-only: %v", err)
	}
	remount("rw")
	comesBack(t, s, room, p)
	if err := errors.Join(s.Close(), room.Close()); err != nil {
		t.Error(err)
	}
	if err := p.verify(dir, true); err != nil {
		t.Error(err)
	}
}
