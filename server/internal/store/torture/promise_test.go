package torture_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// promises are what a victim printed.
type promises struct {
	kept    map[uint64]uint64 // record → photo, answered as stored
	deleted map[uint64]bool   // answered as deleted
	doomed  map[uint64]bool   // deletion begun, perhaps not answered
	errors  []string
}

func newPromises() *promises {
	return &promises{kept: map[uint64]uint64{}, deleted: map[uint64]bool{}, doomed: map[uint64]bool{}}
}

func (p *promises) read(out string) error {
	for line := range strings.Lines(out) {
		if !strings.HasSuffix(line, "\n") {
			break // cut by the kill
		}
		line = strings.TrimSpace(line)
		var id, n uint64
		switch {
		case strings.HasPrefix(line, "A "):
			if _, err := fmt.Sscanf(line, "A %d %d", &id, &n); err != nil {
				return err
			}
			p.kept[id] = n
		case strings.HasPrefix(line, "d "):
			_, _ = fmt.Sscanf(line, "d %d", &id)
			p.doomed[id] = true
		case strings.HasPrefix(line, "D "):
			_, _ = fmt.Sscanf(line, "D %d", &id)
			p.deleted[id] = true
		case strings.HasPrefix(line, "E "), strings.HasPrefix(line, "F "):
			p.errors = append(p.errors, line)
		case line == "PASS", line == "":
		default:
			return fmt.Errorf("the victim says %q", line)
		}
	}
	return nil
}

// verify opens what the victim left and holds it against the promises.
func (p *promises) verify(dir string, check bool) error {
	s, room, err := openBoth(dir)
	if err != nil {
		return fmt.Errorf("cannot open what was left: %w", err)
	}
	defer func() { _ = s.Close() }()
	if check {
		if err := s.Check(ctx, nil); err != nil {
			return err
		}
	}
	seen := map[string]int{}
	if err := s.EachRecord(ctx, mango.System, mango.RecordFilter{}, func(r *mango.Record) error {
		seen[fmt.Sprintf("%d %s", r.ID, r.OriginalName)]++
		if p.deleted[r.ID] {
			return fmt.Errorf("record %d was deleted and is there", r.ID)
		}
		f, err := room.OpenPhoto(r.Media)
		if err != nil {
			return fmt.Errorf("the photo of record %d: %w", r.ID, err)
		}
		defer f.Close()
		if n, ok := p.kept[r.ID]; ok {
			b, err := io.ReadAll(f)
			if err != nil || !bytes.Equal(b, photoOf(n)) {
				return fmt.Errorf("the photo of record %d is not what was stored (%d bytes, %v)", r.ID, len(b), err)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for id, n := range p.kept {
		have := seen[fmt.Sprintf("%d torture_%d.jpg", id, n)]
		if want := 1; have != want && !p.doomed[id] {
			return fmt.Errorf("record %d was answered as stored and is there %d times", id, have)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "."+store.FileName+".*.tmp")); len(left) > 0 {
		return fmt.Errorf("left over after opening: %v", left)
	}
	return nil
}

// forget drops what was verified, so that long runs stay quick.
func (p *promises) forget() { *p = *newPromises() }

func removeAll(dir string) { _ = os.RemoveAll(dir) }
