package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/repair"
)

// TestPagesThatLeadInACircle: a page whose children are itself, or a page that
// led to it, ends the whole program in bbolt, so that a file with one is not
// opened, however large it is and however it was closed.
func TestPagesThatLeadInACircle(t *testing.T) {
	type branch struct {
		id   uint64
		kids []repair.Child
	}
	for name, c := range map[string]struct {
		last bool // the last child is turned, else the first
		to   func(all []branch, of branch) uint64
	}{
		"the first to itself":          {false, func(_ []branch, of branch) uint64 { return of.id }},
		"the last to itself":           {true, func(_ []branch, of branch) uint64 { return of.id }},
		"the last to another's branch": {true, func(all []branch, of branch) uint64 { return all[len(all)-1].id }},
		"the last to its sister":       {true, func(_ []branch, of branch) uint64 { return of.kids[0].ID }},
		"the last to the first page":   {true, func([]branch, branch) uint64 { return 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), FileName)
			cfg := quietly()
			cfg.FullCheck = 1 // larger than that is not read through
			s, err := Open(path, cfg)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 60 {
				r := &mango.Record{OriginalName: fmt.Sprint(i), Notes: fmt.Sprintf("%0600d", i)}
				if _, err := s.AddRecord(context.Background(), mango.System, r); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := repair.VerifyBranches(path); err != nil {
				t.Fatalf("a sound file: %v", err)
			}
			var all []branch
			rewritePages(t, path, func(pg *repair.Page, _ bool) {
				if kids, _ := pg.Children(); pg.Kind == repair.Branch && len(kids) > 2 {
					all = append(all, branch{pg.ID, kids})
				}
			})
			if len(all) == 0 {
				t.Fatal("the file has no branch page")
			}
			rewritePages(t, path, func(pg *repair.Page, _ bool) {
				if pg.Kind != repair.Branch {
					return
				}
				kids, _ := pg.Children()
				at := pageHeader + 8
				if c.last {
					at += 16 * (len(kids) - 1)
				}
				binary.LittleEndian.PutUint64(pg.Bytes[at:], c.to(all, branch{pg.ID, kids}))
			})
			if s, err := Open(path, cfg); !errors.Is(err, ErrDamaged) {
				t.Errorf("opened: %v", err)
				if err == nil {
					_ = s.Close()
				}
			}
		})
	}
}

// TestCircleWhileOpen: a circle that appears in an open file takes the database
// away before anybody runs into it; with SelfRepair it comes back.
func TestCircleWhileOpen(t *testing.T) {
	for _, itself := range []bool{false, true} {
		t.Run(fmt.Sprintf("self-repair %t", itself), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), FileName)
			cfg := quietly()
			cfg.FullCheck, cfg.SelfRepair = -1, itself
			s, err := Open(path, cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for i := range 60 {
				r := &mango.Record{OriginalName: fmt.Sprint(i), Notes: fmt.Sprintf("%0600d", i)}
				if _, err := s.AddRecord(context.Background(), mango.System, r); err != nil {
					t.Fatal(err)
				}
			}
			s.patrol(context.Background())
			if !s.isUp() || s.Health().State != mango.StoreReady {
				t.Fatalf("a sound database: %+v", s.Health())
			}
			turned := 0
			rewritePages(t, path, func(pg *repair.Page, _ bool) {
				if kids, _ := pg.Children(); pg.Kind == repair.Branch && len(kids) > 2 {
					turned++
					binary.LittleEndian.PutUint64(pg.Bytes[pageHeader+8:], pg.ID)
				}
			})
			if turned == 0 {
				t.Fatal("the file has no branch page")
			}
			s.patrol(context.Background())
			_, err = s.AddRecord(context.Background(), mango.System, &mango.Record{})
			if itself {
				for !s.isUp() { // until it is repaired
					runtime.Gosched()
				}
				if _, err := s.AddRecord(context.Background(), mango.System, &mango.Record{}); err != nil {
					t.Errorf("after the repair: %v", err)
				}
				return
			}
			if mango.CodeOf(err) != mango.StoreDown {
				t.Errorf("a save gets %v", err)
			}
			if _, err := s.Record(context.Background(), mango.System, 1); mango.CodeOf(err) != mango.StoreDown {
				t.Errorf("a read gets %v", err)
			}
		})
	}
}
