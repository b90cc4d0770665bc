package media

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
)

// holding is what keeps one name: its users, and the lock under which the file
// is written or removed.
type holding struct {
	users int
	file  ordered.Mutex[ordered.PhotoFile]
}

// hold is one user's share of a holding.
type hold struct {
	room *Room
	name string
	size int64
	once sync.Once
}

func (h *hold) Name() string { return h.name }
func (h *hold) Size() int64  { return h.size }
func (h *hold) Close() error {
	h.once.Do(func() { h.room.release(h.name) })
	return nil
}

func (r *Room) take(name string) (*holding, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, mango.Wrap(mango.StoreDown, ErrClosed, "The server is stopping.")
	}
	h := r.held[name]
	if h == nil {
		h = &holding{}
		r.held[name] = h
	}
	h.users++
	return h, nil
}

func (r *Room) release(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.held[name]
	if h.users--; h.users == 0 {
		delete(r.held, name)
	}
}

// PutPhoto implements mango.Photos.
func (r *Room) PutPhoto(ctx context.Context, sum [32]byte, format string, write func(io.Writer) error) (mango.Hold, error) {
	name := Name(sum, format)
	if name == "" {
		return nil, mango.Errorf(mango.WrongType, "Only JPEG, PNG and WebP photos are kept.")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h, err := r.take(name)
	if err != nil {
		return nil, err
	}
	held := &hold{room: r, name: name}
	kept := false
	defer func() {
		if !kept { // write may panic, too: what it reads is a stranger's photo
			_ = held.Close()
		}
	}()
	if held.size, err = r.writeAlone(h, name, write); err != nil {
		return nil, disk.Fault(err)
	}
	kept = true
	return held, nil
}

// writeAlone is write under the name's lock.
func (r *Room) writeAlone(h *holding, name string, write func(io.Writer) error) (int64, error) {
	h.file.Lock()
	defer h.file.Unlock()
	return r.write(name, write)
}

// write makes the file unless it is there, and returns its size.
func (r *Room) write(name string, write func(io.Writer) error) (int64, error) {
	digits, ext, _ := split(name)
	path := r.path(digits, ext)
	if st, err := os.Lstat(path); err == nil && st.Mode().IsRegular() && st.Size() > 0 {
		// The file is whole (it was renamed into place), but the sync of its
		// name may have failed for whoever put it there.
		return st.Size(), disk.SyncDir(filepath.Dir(path))
	}
	if err := r.guard.Allow(1 << 20); err != nil {
		return 0, err
	}
	if err := r.shard(filepath.Dir(path)); err != nil {
		return 0, err
	}
	var size int64
	err := disk.Write(path, 0o600, func(w io.Writer) error {
		c := &counter{w: w}
		if err := write(c); err != nil {
			return err
		}
		if size = c.n; size == 0 {
			return fmt.Errorf("cannot keep photo: nothing was written")
		}
		return nil
	})
	return size, err
}

// shard makes the folder of a photo; its own name is synced once a run.
func (r *Room) shard(dir string) error {
	r.mu.Lock()
	known := r.shards[dir]
	r.mu.Unlock()
	if known {
		return nil
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return fmt.Errorf("cannot make photo folder: %w", err)
	}
	if err := disk.SyncDir(filepath.Dir(dir)); err != nil {
		return err
	}
	r.mu.Lock()
	r.shards[dir] = true
	r.mu.Unlock()
	return nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
