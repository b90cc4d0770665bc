package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mangosense/server/internal/disk"
)

// Swept says what a sweep found.
type Swept struct {
	Kept         int
	Removed      int
	RemovedBytes int64
	Held         int // in use or too young to judge
}

// Remove deletes a photo unless it is held or needed says that a record refers
// to it. A file that cannot be removed now is found by a later Sweep.
func (r *Room) Remove(name string, needed func(name string) (bool, error)) error {
	_, err := r.removeIf(name, needed)
	return err
}

// removeIf asks and removes under the name's lock, so that no PutPhoto of the
// same content can find the file and lose it.
func (r *Room) removeIf(name string, needed func(string) (bool, error)) (removed bool, err error) {
	digits, ext, ok := split(name)
	if !ok {
		return false, nil
	}
	h, err := r.take(name)
	if err != nil {
		return false, err
	}
	defer r.release(name)
	h.file.Lock()
	defer h.file.Unlock()
	r.mu.Lock()
	others := h.users > 1
	r.mu.Unlock()
	if others {
		return false, nil
	}
	// A hold taken from here on waits for the name's lock and then finds no
	// file, so it writes its own.
	if need, err := needed(name); err != nil || need {
		return false, err
	}
	if err := os.Remove(r.path(digits, ext)); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return false, fmt.Errorf("cannot remove photo: %w", err)
	}
	return true, nil
}

// Sweep removes photos that no record refers to and leftovers of a crash, both
// only when older than Config.Grace. Files that are not the room's are left
// alone. progress (may be nil) is called with the part done, 0..1.
func (r *Room) Sweep(ctx context.Context, needed func(name string) (bool, error), progress func(done float64)) (Swept, error) {
	var s Swept
	root := filepath.Join(r.cfg.Dir, folder)
	for i := range 256 {
		if err := ctx.Err(); err != nil {
			return s, err
		}
		if err := r.sweepShard(ctx, filepath.Join(root, fmt.Sprintf("%02x", i)), needed, &s); err != nil {
			return s, err
		}
		if progress != nil {
			progress(float64(i+1) / 256)
		}
	}
	r.cfg.Log.Info("photos swept", "kept", s.Kept, "removed", s.Removed, "removed_bytes", s.RemovedBytes, "held", s.Held)
	return s, nil
}

func (r *Room) sweepShard(ctx context.Context, dir string, needed func(string) (bool, error), s *Swept) error {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot read photo folder: %w", err)
	}
	defer d.Close()
	removed := s.Removed
	for {
		// In portions: a shard of a big farm must not sit in memory as a whole.
		entries, err := d.ReadDir(256)
		for _, e := range entries {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := r.sweepFile(dir, e, needed, s); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("cannot read photo folder: %w", err)
		}
	}
	if s.Removed > removed {
		return disk.SyncDir(dir)
	}
	return nil
}

func (r *Room) sweepFile(dir string, e fs.DirEntry, needed func(string) (bool, error), s *Swept) error {
	if !e.Type().IsRegular() {
		return nil
	}
	name := folder + "/" + e.Name()
	_, _, ours := split(name)
	temp := disk.IsTemp(e.Name())
	if !ours && !temp {
		return nil
	}
	st, err := e.Info()
	if err != nil {
		return nil // gone meanwhile
	}
	switch age := r.cfg.Now().Sub(st.ModTime()); {
	case age < -r.cfg.Grace:
		// Written while the clock was ahead, maybe years: from now on it has
		// its time like any other.
		if err := os.Chtimes(filepath.Join(dir, e.Name()), time.Time{}, r.cfg.Now()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cannot date a photo: %w", err)
		}
		s.Held++
		return nil
	case age < r.cfg.Grace:
		s.Held++
		return nil
	}
	if temp {
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cannot remove leftover: %w", err)
		}
		s.Removed++
		s.RemovedBytes += st.Size()
		return nil
	}
	removed, err := r.removeIf(name, needed)
	if err != nil {
		return err
	}
	if removed {
		s.Removed++
		s.RemovedBytes += st.Size()
	} else {
		s.Kept++
	}
	return nil
}
