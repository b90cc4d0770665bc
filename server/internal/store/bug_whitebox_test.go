package store

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
)

// syncLog is a log that is read while it is written.
type syncLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *syncLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *syncLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestOwnFaultIsNoDamage: a panic of this program, wherever it happens, is an
// internal error with a stack in the log. The database stays open, nothing is put
// aside, and who wrote beside the one that failed has written.
func TestOwnFaultIsNoDamage(t *testing.T) {
	var nilMap map[string]int
	bug := func() { nilMap["x"] = 1 }
	var nothing *mango.Record
	for name, c := range map[string]struct {
		do       func(s *Store) error
		answered bool // the call itself succeeds
	}{
		"a nil map in a read": {do: func(s *Store) error { return s.read(func(*bbolt.Tx) error { bug(); return nil }) }},
		"a nil pointer in a read": {do: func(s *Store) error {
			return s.read(func(*bbolt.Tx) error { _ = nothing.ID; return nil })
		}},
		"an index in a read": {do: func(s *Store) error {
			return s.read(func(*bbolt.Tx) error { _ = make([]int, 1)[len(nilMap)+2]; return nil })
		}},
		"a panic with an error":     {do: func(s *Store) error { return s.read(func(*bbolt.Tx) error { panic(errors.New("ours")) }) }},
		"bytes of a transaction":    {do: readAfterwards},
		"a commit inside a commit":  {do: func(s *Store) error { return s.read(func(tx *bbolt.Tx) error { return tx.Commit() }) }},
		"a nil map before a change": {do: func(s *Store) error { return s.update(context.Background(), func(*write) error { bug(); return nil }) }},
		"a nil map after a change": {do: func(s *Store) error {
			return s.update(context.Background(), func(w *write) error {
				if err := w.put(bucketSettings, []byte("x"), []byte("y")); err != nil {
					return err
				}
				bug()
				return nil
			})
		}},
		"a nil map after the commit": {answered: true, do: func(s *Store) error {
			return s.update(context.Background(), func(w *write) error {
				w.onCommit(bug)
				_, err := w.next(bucketSettings)
				return err
			})
		}},
		"a nil map in the background": {answered: true, do: func(s *Store) error {
			done := make(chan struct{})
			s.inBackground(func(context.Context) { defer close(done); bug() })
			<-done
			return nil
		}},
		"a nil map of who is told of photos": {answered: true, do: func(s *Store) error {
			return s.update(context.Background(), func(w *write) error {
				w.freed = []string{"mango_images/x.jpg"}
				_, err := w.next(bucketSettings)
				return err
			})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			log := &syncLog{}
			path := filepath.Join(t.TempDir(), FileName)
			s, err := Open(path, Config{SelfRepair: true, Log: slog.New(slog.NewTextHandler(log, nil)), Freed: func([]string) { bug() }})
			if err != nil {
				t.Fatal(err)
			}
			var beside sync.WaitGroup
			for i := range 20 {
				beside.Go(func() {
					if _, err := s.AddRecord(context.Background(), mango.System, &mango.Record{OriginalName: string(rune('a' + i))}); err != nil {
						t.Errorf("a save beside it: %v", err)
					}
				})
			}
			opened := s.generation()
			switch err := c.do(s); {
			case c.answered && err != nil:
				t.Error(err)
			case !c.answered && (err == nil || mango.CodeOf(err) != mango.Internal):
				t.Errorf("%v, want an internal error", err)
			case errors.Is(err, ErrDamaged):
				t.Errorf("taken for damage: %v", err)
			}
			beside.Wait()
			if h := s.Health(); h.State != mango.StoreReady || h.Records != 20 || s.generation() != opened {
				t.Errorf("health: %+v, opened %d times", h, s.generation())
			}
			if err := s.Check(context.Background(), nil); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if aside, _ := filepath.Glob(path + ".*-*"); len(aside) > 0 {
				t.Errorf("a sound file was put aside: %v", aside)
			}
			if text := log.String(); !strings.Contains(text, "a fault of the program") || !strings.Contains(text, "bug_whitebox_test.go") {
				t.Errorf("no stack in the log:\n%s", text)
			}
		})
	}
}

// panicsOnce is a log that panics at its first error.
type panicsOnce struct {
	slog.Handler
	done atomic.Bool
}

func (p *panicsOnce) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError && p.done.CompareAndSwap(false, true) {
		panic("ours")
	}
	return p.Handler.Handle(ctx, r)
}

// TestCommitterSurvives: a panic on the committer's goroutine outside of a
// transaction is an error of whoever waits for it, and the next write is stored.
func TestCommitterSurvives(t *testing.T) {
	log := &syncLog{}
	s, err := Open(filepath.Join(t.TempDir(), FileName), Config{Log: slog.New(&panicsOnce{Handler: slog.NewTextHandler(log, nil)})})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.update(context.Background(), func(w *write) error {
		w.touched++
		panic("and so the log is written to, which panics")
	})
	if mango.CodeOf(err) != mango.Internal || errors.Is(err, ErrDamaged) {
		t.Errorf("%v, want an internal error", err)
	}
	if _, err := s.AddRecord(context.Background(), mango.System, &mango.Record{OriginalName: "after"}); err != nil {
		t.Error(err)
	}
	if text := log.String(); !strings.Contains(text, "bug_whitebox_test.go") {
		t.Errorf("no stack in the log:\n%s", text)
	}
}

// TestOpeningSurvives: a panic while the file is opened, or while another is put in
// its place, closes nothing for good and puts nothing aside.
func TestOpeningSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	log := &syncLog{}
	var panics atomic.Bool
	cfg := Config{SelfRepair: true, Log: slog.New(slog.NewTextHandler(log, nil)), Now: func() time.Time {
		if panics.CompareAndSwap(true, false) {
			panic("ours")
		}
		return time.Now()
	}}
	panics.Store(true)
	s, err := OpenAnyway(path, cfg)
	if err != nil {
		t.Fatal(err)
	}
	for !s.isUp() { // until the second try
		runtime.Gosched()
	}
	add := func(when string) {
		t.Helper()
		if _, err := s.AddRecord(context.Background(), mango.System, &mango.Record{OriginalName: when}); err != nil {
			t.Error(when, err)
		}
	}
	add("once it is open")
	if err := s.alone(func() error { return s.swap(func() error { panic("ours") }) }); !errors.Is(err, errBug) {
		t.Errorf("an exchange that panics: %v", err)
	}
	add("after the exchange")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if strings.Count(log.String(), "a fault of the program;") < 2 {
		t.Errorf("the log:\n%s", log.String())
	}
	if aside, _ := filepath.Glob(path + ".*-*"); len(aside) > 0 {
		t.Errorf("a sound file was put aside: %v", aside)
	}
}

// readAfterwards keeps bytes of a file after it was closed, which is a fault of
// the reader's.
func readAfterwards(s *Store) error {
	other := filepath.Join(filepath.Dir(s.path), "other.db")
	if err := build(other, s.cfg, func(db *database) error {
		return db.Update(func(tx *bbolt.Tx) error {
			if err := makeBuckets(tx); err != nil {
				return err
			}
			return tx.Bucket(bucketSettings).Put([]byte("kept"), bytes.Repeat([]byte("t"), 3000)) // not inline: bbolt copies those
		})
	}); err != nil {
		return err
	}
	db, err := openDatabase(other, s.cfg.options(true))
	if err != nil {
		return err
	}
	var kept []byte
	if err := db.View(func(tx *bbolt.Tx) error { kept = tx.Bucket(bucketSettings).Get([]byte("kept")); return nil }); err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	return s.read(func(*bbolt.Tx) error {
		if kept[0] != 't' {
			return errRefused
		}
		return nil
	})
}

// A panic names the page that could not be read, the first one too.
func TestPanicNamesItsPage(t *testing.T) {
	for page, want := range map[int64]string{-1: "damaged: odd (here)", 0: "damaged: page 0 cannot be read: odd (here)", 7: "damaged: page 7 cannot be read: odd (here)"} {
		if got := (&panicked{value: "odd", where: "here", page: page, cause: errors.New("damaged")}).Error(); got != want {
			t.Errorf("page %d: %s", page, got)
		}
	}
}
