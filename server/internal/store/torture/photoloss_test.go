//go:build linux && amd64

package torture_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mangosense/server/internal/store"
)

// TestPowerLossBetweenCalls cuts the power before each call to the system that
// store and media make for photos, backups, compaction and repair: what a file
// holds that was not synced may be cut short, zeros or gone, and a name that
// was made, moved or removed since the last sync of its folder may be as it was
// before, each by itself. Whatever combination is left must open, pass the
// check, and hold what had been promised by then, with its photo.
//
// The pages of the database itself, written in place, are the business of
// TestPowerLossBetweenPages; here they are as the program sees them.
func TestPowerLossBetweenCalls(t *testing.T) {
	begun := time.Now()
	samples, chance := 1, 8 // of one call in eight, others every day
	if full() {
		samples, chance = 4, 1
	}
	random := rand.New(rand.NewPCG(16, uint64(begun.YearDay())))
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	d := &durable{dir: dir, dirty: map[string]bool{}}
	cuts, failed := 0, error(nil)
	_, err := traced(t, dir, tracer{out: out, before: func(c *call) syscall.Errno {
		d.about(c)
		if failed != nil || random.IntN(chance) > 0 {
			return 0
		}
		said, err := os.ReadFile(out)
		if err != nil {
			failed = err
			return 0
		}
		for range samples {
			cuts++
			what, err := d.cut(random, string(said))
			if err != nil {
				failed = fmt.Errorf("before %s %s (%s): %w", c.name, strings.TrimPrefix(c.path, dir), what, err)
				return 0
			}
		}
		return 0
	}, after: d.done})
	if err != nil && cuts == 0 {
		t.Skipf("cannot trace a process here: %v", err)
	}
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	if cuts < 5 || d.undone == 0 {
		t.Errorf("%d cuts with %d names undone prove nothing", cuts, d.undone)
	}
	t.Logf("%d cuts in %v: %d files torn, %d names as before", cuts, time.Since(begun).Round(time.Second), d.torn, d.undone)
}

// durable knows which changes in dir a power cut may still undo.
type durable struct {
	dir     string
	dirty   map[string]bool // files with content that was not synced
	pending []change        // names that were changed, in order
	kept    map[*call][]byte
	torn    int
	undone  int
}

// change is a name that a power cut may give back its former meaning.
type change struct {
	call
	was []byte // content of a file that was removed or replaced
	had bool   // there was one
}

// about is called before a call: what it will remove is remembered.
func (d *durable) about(c *call) {
	path := c.to
	if c.name == "unlinkat" {
		path = c.path
	}
	if path == "" {
		return
	}
	if d.kept == nil {
		d.kept = map[*call][]byte{}
	}
	if b, err := os.ReadFile(path); err == nil {
		d.kept[c] = append([]byte{}, b...)
	}
}

// done is called after a call that succeeded.
func (d *durable) done(c *call) {
	was, had := d.kept[c]
	delete(d.kept, c)
	switch c.name {
	case "write", "pwrite", "ftruncate", "truncate", "copy_file_range":
		// Of files that are written in place the page test knows more.
		if strings.HasSuffix(c.path, ".tmp") {
			d.dirty[c.path] = true
		}
	case "fsync", "fdatasync":
		delete(d.dirty, c.path)
		d.pending = slices.DeleteFunc(d.pending, func(p change) bool {
			return filepath.Dir(p.path) == c.path || (p.to != "" && filepath.Dir(p.to) == c.path)
		})
	case "create":
		if !c.existed {
			d.pending = append(d.pending, change{call: *c})
		}
	case "mkdirat":
		d.pending = append(d.pending, change{call: *c})
	case "renameat":
		if d.dirty[c.path] {
			delete(d.dirty, c.path)
			d.dirty[c.to] = true
		}
		fallthrough
	case "linkat", "unlinkat":
		d.pending = append(d.pending, change{call: *c, was: was, had: had})
	}
}

// cut copies dir as a power cut may leave it, and looks at what is left.
func (d *durable) cut(random *rand.Rand, said string) (what string, err error) {
	to, err := os.MkdirTemp("", "mangosense-cut-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(to)
	if err := os.CopyFS(to, os.DirFS(d.dir)); err != nil {
		return "", err
	}
	at := func(path string) string { return to + strings.TrimPrefix(path, d.dir) }
	var how []string
	for path := range d.dirty {
		b, err := os.ReadFile(at(path))
		if err != nil {
			continue // it has been removed
		}
		switch random.IntN(4) {
		case 0:
			continue
		case 1:
			b = b[:random.IntN(len(b)+1)]
		case 2:
			clear(b)
		case 3:
			clear(b[random.IntN(len(b)+1):])
		}
		d.torn++
		how = append(how, "torn "+filepath.Base(path))
		if err := os.WriteFile(at(path), b, 0o600); err != nil {
			return "", err
		}
	}
	for _, p := range slices.Backward(d.pending) {
		if random.IntN(2) == 0 {
			continue
		}
		d.undone++
		how = append(how, "no "+p.name+" "+filepath.Base(p.path))
		if err := p.undo(at); err != nil {
			return strings.Join(how, ", "), err
		}
	}
	what = strings.Join(how, ", ")
	p := newPromises()
	if err := p.read(said); err != nil {
		return what, err
	}
	if _, err := os.Stat(at(filepath.Join(d.dir, store.FileName))); err != nil && len(p.kept) == 0 {
		return what, nil // the power went before there was a database
	}
	return what, p.verify(to, true)
}

// undo gives a name its former meaning.
func (p change) undo(at func(string) string) error {
	switch p.name {
	case "create", "mkdirat":
		return os.RemoveAll(at(p.path))
	case "linkat":
		return os.RemoveAll(at(p.to))
	case "unlinkat":
		if !p.had {
			return nil
		}
		return os.WriteFile(at(p.path), p.was, 0o600)
	}
	now, err := os.ReadFile(at(p.to))
	if err != nil {
		return nil // a later change took it away, and that one lasted
	}
	if err := os.WriteFile(at(p.path), now, 0o600); err != nil {
		return err
	}
	if !p.had {
		return os.Remove(at(p.to))
	}
	if bytes.Equal(now, p.was) {
		return nil
	}
	return os.WriteFile(at(p.to), p.was, 0o600)
}
