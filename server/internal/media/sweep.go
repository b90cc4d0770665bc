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
	Elsewhere    int // only a file that was put aside, or a backup, needs it
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

// Sweeping is what a sweep asks.
type Sweeping struct {
	// Needed says whether a record refers to a photo.
	Needed func(name string) (bool, error)
	// Elsewhere says of photos that no record refers to whether a file needs
	// them that may come back, such as a backup. It may be slow: it is asked
	// for many at a time, and not under a lock. nil: none does.
	Elsewhere func(ctx context.Context, names []string) (func(name string) bool, error)
	// Progress receives the share done, 0..1. May be nil.
	Progress func(done float64)
}

// sweepPortion is how many photos are asked for at a time. Tests lower it.
var sweepPortion = 5000

// sweep is one sweep.
type sweep struct {
	r     *Room
	q     Sweeping
	found Swept
	loose []loose         // without a record, not yet asked for elsewhere
	dirs  map[string]bool // of files that were removed
}

type loose struct {
	name, dir string
	size      int64
}

// Sweep removes photos that no record refers to and leftovers of a crash, both
// only when older than Config.Grace. Files that are not the room's are left
// alone.
func (r *Room) Sweep(ctx context.Context, q Sweeping) (Swept, error) {
	s := &sweep{r: r, q: q, dirs: map[string]bool{}}
	root := filepath.Join(r.cfg.Dir, folder)
	for i := range 256 {
		if err := ctx.Err(); err != nil {
			return s.found, err
		}
		if err := s.shard(ctx, filepath.Join(root, fmt.Sprintf("%02x", i))); err != nil {
			return s.found, err
		}
		if q.Progress != nil {
			q.Progress(float64(i+1) / 256)
		}
	}
	if err := s.removeLoose(ctx); err != nil {
		return s.found, err
	}
	f := s.found
	r.cfg.Log.Info("photos swept", "kept", f.Kept, "removed", f.Removed, "removed_bytes", f.RemovedBytes, "held", f.Held, "elsewhere", f.Elsewhere)
	return f, nil
}

func (s *sweep) shard(ctx context.Context, dir string) error {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot read photo folder: %w", err)
	}
	defer d.Close()
	for {
		// In portions: a shard of a big farm must not sit in memory as a whole.
		entries, err := d.ReadDir(256)
		for _, e := range entries {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := s.file(dir, e); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("cannot read photo folder: %w", err)
		}
		if len(s.loose) >= sweepPortion {
			if err := s.removeLoose(ctx); err != nil {
				return err
			}
		}
	}
}

func (s *sweep) file(dir string, e fs.DirEntry) error {
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
	switch age := s.r.cfg.Now().Sub(st.ModTime()); {
	case age < -s.r.cfg.Grace:
		// Written while the clock was ahead, maybe by years: its age counts
		// from now.
		if err := os.Chtimes(filepath.Join(dir, e.Name()), time.Time{}, s.r.cfg.Now()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cannot date a photo: %w", err)
		}
		s.found.Held++
		return nil
	case age < s.r.cfg.Grace:
		s.found.Held++
		return nil
	}
	if temp {
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cannot remove leftover: %w", err)
		}
		s.removed(dir, st.Size())
		return nil
	}
	switch needed, err := s.q.Needed(name); {
	case err != nil:
		return err
	case needed:
		s.found.Kept++
	default:
		s.loose = append(s.loose, loose{name, dir, st.Size()})
	}
	return nil
}

func (s *sweep) removed(dir string, size int64) {
	s.found.Removed++
	s.found.RemovedBytes += size
	s.dirs[dir] = true
}

// removeLoose removes what nothing else needs of the photos gathered so far.
func (s *sweep) removeLoose(ctx context.Context) error {
	all := s.loose
	s.loose = nil
	elsewhere := func(string) bool { return false }
	if len(all) > 0 && s.q.Elsewhere != nil {
		names := make([]string, len(all))
		for i, l := range all {
			names[i] = l.name
		}
		var err error
		if elsewhere, err = s.q.Elsewhere(ctx, names); err != nil {
			return err
		}
	}
	for _, l := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if elsewhere(l.name) {
			s.found.Elsewhere++
			continue
		}
		gone, err := s.r.removeIf(l.name, s.q.Needed)
		if err != nil {
			return err
		}
		if gone {
			s.removed(l.dir, l.size)
		} else {
			s.found.Kept++
		}
	}
	for dir := range s.dirs {
		if err := disk.SyncDir(dir); err != nil {
			return err
		}
	}
	clear(s.dirs)
	return nil
}
