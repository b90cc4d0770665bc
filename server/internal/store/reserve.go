package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
)

// reserveBytes is what a change of the largest portion may need beyond the pages
// that the file has free.
const reserveBytes = 4 << 20

// reserve is a file that takes up room until it is needed. The disk guard keeps
// our own saves away from the last of the disk, but not other programs: when
// they have filled it, locking an account, changing a password, logging out and
// deleting get their room from here.
type reserve struct {
	path  string
	guard disk.Guard

	mu ordered.Mutex[ordered.StoreReserve]
}

// refill takes the room again where there is plenty.
func (r *reserve) refill() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if st, err := os.Stat(r.path); err == nil && st.Size() >= reserveBytes {
		return nil
	}
	free, err := disk.Free(filepath.Dir(r.path))
	if err != nil || free-2*reserveBytes < r.guard.Reserve {
		return err
	}
	f, err := os.OpenFile(r.path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("cannot make the reserve: %w", err)
	}
	err = unix.Fallocate(int(f.Fd()), 0, 0, reserveBytes)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		_, err = f.Write(make([]byte, reserveBytes))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(r.path)
		return fmt.Errorf("cannot fill the reserve: %w", err)
	}
	return nil
}

// release gives the room away. false: there was none.
func (r *reserve) release() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := os.Remove(r.path); err != nil {
		return !errors.Is(err, fs.ErrNotExist) && os.Truncate(r.path, 0) == nil
	}
	return true
}

// protect is update for what keeps somebody out or makes room: on a disk without
// any it takes the reserve.
func (s *Store) protect(ctx context.Context, apply func(*write) error) error {
	if s.room.short() {
		s.room.release()
	}
	err := s.update(ctx, apply)
	if mango.CodeOf(err) == mango.StoreFull && s.room.release() {
		err = s.update(ctx, apply)
	}
	s.refillReserve()
	return err
}

// short reports whether there is less on the disk than a change may need. To
// find out by a write that fails would close the file and open it again.
func (r *reserve) short() bool {
	free, err := disk.Free(filepath.Dir(r.path))
	return err == nil && free < reserveBytes
}

func (s *Store) refillReserve() {
	if err := s.room.refill(); err != nil {
		s.cfg.Log.Warn("no room is kept for locking accounts and deleting on a full disk", "error", err)
	}
}
