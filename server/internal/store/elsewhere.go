package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/ordered"
	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/repair"
)

// A database that was replaced or repaired may be put back, and so may a backup
// that is younger than the one that was restored. Photos that only such a file
// names must still be there then. They are asked for seldom, by a sweep that has
// found photos without a record, and in batches: each file is read through once
// for all of them, page by page, in the memory of a page. What it said is
// remembered until the file changes.

// elsewhere is what those files said.
type elsewhere struct {
	mu    ordered.Mutex[ordered.Elsewhere]
	files map[string]*holder
}

type holder struct {
	size       int64
	at         time.Time
	unreadable error
	names      map[string]bool // photoPrefix → whether the file names it, of those asked for
}

const mostHeld = 50_000 // answers that are remembered

// NamedElsewhere says which of the photos a file names that could take the
// database's place again: nobody may remove them. A file that cannot be read
// through names all of them, and so does a database that is damaged now.
func (s *Store) NamedElsewhere(ctx context.Context, photos []string) (named func(photo string) bool, err error) {
	all := func(string) bool { return true }
	if h := s.Health(); h.State == mango.StoreIsDamaged || h.State == mango.StoreRecovering || h.State == mango.StoreIsDown {
		return all, nil
	}
	paths, err := s.holders()
	if err != nil {
		return nil, err
	}
	e := &s.elsewhere
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keepOnly(paths)
	found := map[string]bool{}
	for _, path := range paths {
		h, err := e.ask(ctx, s, path, photos)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted just now
		}
		if err != nil {
			return nil, err
		}
		if h.unreadable != nil {
			s.cfg.Log.Warn("no photo is removed while a file beside the database cannot be read through", "file", path, "error", h.unreadable)
			return all, nil
		}
		for _, photo := range photos {
			if h.names[string(photoPrefix(photo))] {
				found[photo] = true
			}
		}
	}
	return func(photo string) bool { return found[photo] }, nil
}

// holders are the files put aside, and the backups younger than one restored.
func (s *Store) holders() ([]string, error) {
	dir, base := filepath.Split(s.path)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return nil, fmt.Errorf("cannot look for files put aside: %w", err)
	}
	var out []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), base+".replaced-") || strings.HasPrefix(e.Name(), base+".damaged-") {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	windows, err := s.restores()
	if err != nil {
		return nil, err
	}
	for _, w := range windows {
		backups, err := Backups(w.Dir)
		if err != nil {
			return nil, err // a disk that is away may come back with them
		}
		for _, b := range backups {
			if w.holds(b.At) && !slices.Contains(out, b.Path) {
				out = append(out, b.Path)
			}
		}
	}
	return out, nil
}

func (e *elsewhere) keepOnly(paths []string) {
	held := 0
	for path, h := range e.files {
		if !slices.Contains(paths, path) {
			delete(e.files, path)
			continue
		}
		held += len(h.names)
	}
	if held > mostHeld || e.files == nil {
		e.files = map[string]*holder{}
	}
}

// ask reads a file through, unless it was asked for the same photos before.
func (e *elsewhere) ask(ctx context.Context, s *Store, path string, photos []string) (*holder, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	h := e.files[path]
	if h == nil || h.size != st.Size() || !h.at.Equal(st.ModTime()) {
		h = &holder{size: st.Size(), at: st.ModTime(), names: map[string]bool{}}
	}
	missing := false
	for _, photo := range photos {
		key := string(photoPrefix(photo))
		if _, asked := h.names[key]; !asked {
			h.names[key], missing = false, true
		}
	}
	if !missing || h.unreadable != nil {
		return h, nil
	}
	h.unreadable = repair.Verify(ctx, path, nil)
	if h.unreadable == nil {
		h.unreadable = s.ours(path)
	}
	if h.unreadable == nil {
		h.unreadable = scanPhotos(ctx, path, h.names)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.files[path] = h
	return h, nil
}

// ours is nil for a file whose layout this program knows: what a newer one
// names its photos by, nobody can say.
func (s *Store) ours(path string) error {
	cfg := s.cfg
	cfg.MapBytes = 0
	db, err := openBolt(path, cfg.options(true))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return db.View(func(tx *bbolt.Tx) error {
		if n, err := readSchema(tx); err != nil || n <= schema {
			return err
		}
		return ErrNewer
	})
}

// scanPhotos marks the photos that any page of a file names, also one that is
// not in use any more: a repair could find it.
func scanPhotos(ctx context.Context, path string, names map[string]bool) error {
	p, err := repair.Open(path)
	if err != nil {
		return err
	}
	defer p.Close()
	mark := func(pairs []repair.Pair) {
		for _, e := range pairs {
			if n := len(e.Key) - 16; !e.Bucket && n > 0 && len(e.Value) > 0 && codec.Type(e.Value[0]) == codec.TypePhoto {
				if _, asked := names[string(e.Key[:n])]; asked {
					names[string(e.Key[:n])] = true
				}
			}
		}
	}
	for id := uint64(2); id < p.Pages; id++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		pg, err := p.Read(id)
		if err != nil || pg.Kind != repair.Leaf {
			continue // the middle of another, or one that was never used
		}
		pairs, _ := pg.Pairs()
		mark(pairs)
		for _, e := range pairs {
			inside, _ := e.Inline().Pairs()
			mark(inside)
		}
	}
	return nil
}

// restored is one restore: the backups of Dir after From up to At hold what the
// restored one does not know.
type restored struct {
	From, At time.Time
	Dir      string
}

func (w restored) holds(at time.Time) bool { return at.After(w.From) && !at.After(w.At) }

const (
	restoresSuffix = ".restored"
	mostRestores   = 20
)

func (s *Store) restores() ([]restored, error) {
	text, err := os.ReadFile(s.path + restoresSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read what was restored: %w", err)
	}
	var out []restored
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("cannot read what was restored: %w", err)
	}
	return out, nil
}

// noteRestore remembers, before it happens, that a backup takes the database's
// place. Restores whose younger backups are gone are forgotten.
func (s *Store) noteRestore(from string) error {
	at, err := backupDate(from)
	if err != nil {
		return err
	}
	before, err := s.restores()
	if err != nil {
		s.cfg.Log.Error("earlier restores are forgotten", "error", err)
	}
	next := restored{From: at.UTC(), At: s.cfg.Now().UTC(), Dir: filepath.Dir(from)}
	if all, err := Backups(next.Dir); err == nil {
		for _, b := range all {
			if b.At.After(next.At) {
				next.At = b.At // its clock was ahead; it is there now
			}
		}
	}
	var windows []restored
	for _, w := range append(before, next) {
		all, err := Backups(w.Dir)
		if err != nil || slices.ContainsFunc(all, func(b Backup) bool { return w.holds(b.At) }) {
			windows = append(windows, w)
		}
	}
	if n := len(windows); n > mostRestores {
		windows = windows[n-mostRestores:]
	}
	return disk.Write(s.path+restoresSuffix, 0o600, func(w io.Writer) error { return json.NewEncoder(w).Encode(windows) })
}
