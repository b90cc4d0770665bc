package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// wall is a clock that tests set.
type wall struct {
	mu  sync.Mutex
	now time.Time
}

func (w *wall) Now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }
func (w *wall) move(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// grower adds an account.
func grower(t testing.TB, s *store.Store, name string) mango.Actor {
	t.Helper()
	id, err := s.AddUser(ctx, mango.System, &mango.User{Username: name, Email: name + "@farm.example", Password: "x"})
	if err != nil {
		t.Fatal(err)
	}
	return mango.Actor{User: id}
}

// once is a save with a key; the answer names what was stored.
func once(key string, request byte) *mango.Once {
	return &mango.Once{Key: key, Request: [32]byte{request}, Answer: func(saved []mango.Saved) []byte { return fmt.Append(nil, saved) }}
}

func owned(by mango.Actor, photos ...int) []*mango.Record {
	var out []*mango.Record
	for _, i := range photos {
		r := realistic(i)
		r.User = by.User
		out = append(out, r)
	}
	return out
}

func count(t testing.TB, s *store.Store) int {
	t.Helper()
	n, err := s.CountRecords(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSaveIsRepeatable: the same key gives the first answer again, after a
// restart too, and stores nothing; another request under it is refused; keys
// belong to their user.
func TestSaveIsRepeatable(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.FileName)
	s, err := store.Open(path, store.Config{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	lito, ana := grower(t, s, "lito"), grower(t, s, "ana")
	saved, first, err := s.AddRecords(ctx, lito, owned(lito, 1, 2, 3), once("k", 1))
	if err != nil || first != nil || len(saved) != 3 {
		t.Fatalf("%v %q %v", saved, first, err)
	}
	want := fmt.Append(nil, saved)
	again := func(what string) {
		t.Helper()
		saved, first, err := s.AddRecords(ctx, lito, owned(lito, 1, 2, 3), once("k", 1))
		if err != nil || saved != nil || !bytes.Equal(first, want) {
			t.Errorf("%s: %v %q %v, want %q", what, saved, first, err, want)
		}
		if first, err := s.Replied(ctx, lito, "k", [32]byte{1}); err != nil || !bytes.Equal(first, want) {
			t.Errorf("%s: asked for it %q %v", what, first, err)
		}
	}
	again("again")
	if _, _, err := s.AddRecords(ctx, lito, owned(lito, 4), once("k", 2)); mango.CodeOf(err) != mango.Unprocessable {
		t.Errorf("another request under the key: %v", err)
	}
	if _, first, err := s.AddRecords(ctx, ana, owned(ana, 1), once("k", 1)); err != nil || first != nil {
		t.Errorf("another user's key: %q %v", first, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStoreAt(t, path, store.Config{})
	again("after a restart")
	if _, err := s.Compact(ctx, nil); err != nil {
		t.Fatal(err)
	}
	again("after a compaction")
	if n := count(t, s); n != 4 {
		t.Errorf("%d records, want 4", n)
	}
	if err := s.DeleteUser(ctx, lito, lito.User); err != nil {
		t.Fatal(err)
	}
}

// TestManyRecordsOrNone: a save of several that is refused leaves nothing, and
// no answer under its key.
func TestManyRecordsOrNone(t *testing.T) {
	s := openStore(t, store.Config{})
	lito := grower(t, s, "lito")
	bad := owned(lito, 1, 2)
	bad[1].Notes = string(make([]byte, 1<<20))
	if _, _, err := s.AddRecords(ctx, lito, bad, once("k", 1)); mango.CodeOf(err) != mango.TooLarge {
		t.Fatalf("%v", err)
	}
	foreign := owned(lito, 1, 2)
	foreign[1].User++
	if _, _, err := s.AddRecords(ctx, lito, foreign, once("k", 1)); mango.CodeOf(err) != mango.Forbidden {
		t.Fatalf("%v", err)
	}
	long := once("k", 1)
	long.Answer = func([]mango.Saved) []byte { return make([]byte, 1<<20) } // refused when the records are written already
	if _, _, err := s.AddRecords(ctx, lito, owned(lito, 1, 2), long); mango.CodeOf(err) != mango.TooLarge {
		t.Fatalf("%v", err)
	}
	if n := count(t, s); n != 0 {
		t.Errorf("%d records stay", n)
	}
	if first, err := s.Replied(ctx, lito, "k", [32]byte{1}); first != nil || err != nil {
		t.Errorf("an answer stays: %q %v", first, err)
	}
	if saved, _, err := s.AddRecords(ctx, lito, owned(lito, 1, 2), once("k", 1)); err != nil || len(saved) != 2 {
		t.Errorf("then: %v %v", saved, err)
	}
}

// TestConcurrentSavesUnderOneKey: one of them stores, all get its answer.
func TestConcurrentSavesUnderOneKey(t *testing.T) {
	s := openStore(t, store.Config{})
	lito := grower(t, s, "lito")
	var mu sync.Mutex
	answers := map[string]int{}
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			saved, first, err := s.AddRecords(ctx, lito, owned(lito, 7, 8), once("k", 1))
			if err != nil {
				t.Error(err)
				return
			}
			if first == nil {
				first = fmt.Append(nil, saved)
			}
			mu.Lock()
			defer mu.Unlock()
			answers[string(first)]++
		})
	}
	wg.Wait()
	if n := count(t, s); n != 2 || len(answers) != 1 {
		t.Errorf("%d records, answers %v", n, answers)
	}
}

// TestKeysAreKeptForADay, however the clock jumps meanwhile.
func TestKeysAreKeptForADay(t *testing.T) {
	for name, c := range map[string]struct {
		steps []time.Duration
		kept  bool
	}{
		"at once":                     {nil, true},
		"after 23 hours":              {[]time.Duration{23 * time.Hour}, true},
		"an hour back":                {[]time.Duration{-time.Hour}, true},
		"ten years back":              {[]time.Duration{-87600 * time.Hour}, true},
		"ten years ahead and back":    {[]time.Duration{87600 * time.Hour, -87600 * time.Hour}, true},
		"ten years ahead for a while": {[]time.Duration{87600 * time.Hour}, true}, // nothing is older than the calendar says
	} {
		t.Run(name, func(t *testing.T) {
			clock := &wall{now: time.Date(2027, 3, 4, 5, 6, 7, 0, time.UTC)}
			s := openStore(t, store.Config{Now: clock.Now})
			lito := grower(t, s, "lito")
			if _, _, err := s.AddRecords(ctx, lito, owned(lito, 1), once("k", 1)); err != nil {
				t.Fatal(err)
			}
			for _, d := range c.steps {
				clock.move(d)
				if _, err := s.Retain(ctx, store.Retention{}); err != nil {
					t.Fatal(err)
				}
				if _, _, err := s.AddRecords(ctx, lito, owned(lito, 2), once("other"+d.String(), 1)); err != nil {
					t.Fatal(err)
				}
			}
			_, first, err := s.AddRecords(ctx, lito, owned(lito, 1), once("k", 1))
			if err != nil || (first != nil) != c.kept {
				t.Errorf("first answer %q, %v", first, err)
			}
		})
	}
}

// TestKeysAreBounded: a user's oldest go first, and those of others stay.
func TestKeysAreBounded(t *testing.T) {
	s := openStore(t, store.Config{})
	lito, ana := grower(t, s, "lito"), grower(t, s, "ana")
	if _, _, err := s.AddRecords(ctx, ana, owned(ana, 1), once("k0", 1)); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 30 {
				if _, _, err := s.AddRecords(ctx, lito, owned(lito, 1), once(fmt.Sprintf("k%d", g*30+i), 1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	kept := 0
	for i := range 240 {
		first, err := s.Replied(ctx, lito, fmt.Sprintf("k%d", i), [32]byte{1})
		if err != nil {
			t.Fatal(err)
		}
		if first != nil {
			kept++
		}
	}
	if kept != 200 {
		t.Errorf("%d answers of a user are kept, want 200", kept)
	}
	if first, err := s.Replied(ctx, ana, "k0", [32]byte{1}); first == nil || err != nil {
		t.Errorf("another user's answer is gone: %v", err)
	}
}

// TestDuplicatesAreNamed: a photo that the same user stored within ten minutes,
// whichever way the clock went.
func TestDuplicatesAreNamed(t *testing.T) {
	clock := &wall{now: time.Date(2027, 3, 4, 5, 6, 7, 0, time.UTC)}
	s := openStore(t, store.Config{Now: clock.Now})
	lito, ana := grower(t, s, "lito"), grower(t, s, "ana")
	save := func(by mango.Actor, photo int) mango.Saved {
		t.Helper()
		saved, _, err := s.AddRecords(ctx, by, owned(by, photo), nil)
		if err != nil {
			t.Fatal(err)
		}
		return saved[0]
	}
	first := save(lito, 1)
	for _, c := range []struct {
		what string
		by   mango.Actor
		step time.Duration
		n    int
		dup  bool
	}{
		{"another photo", lito, 0, 2, false},
		{"another user", ana, 0, 1, false},
		{"at once", lito, 0, 1, true},
		{"nine minutes later", lito, 9 * time.Minute, 1, true},
		{"eleven minutes later", lito, 11 * time.Minute, 1, false},
		{"the clock steps back five minutes", lito, -5 * time.Minute, 1, true},
		{"the clock steps back an hour", lito, -time.Hour, 1, false},
	} {
		clock.move(c.step)
		got := save(c.by, c.n)
		if (got.DuplicateOf != 0) != c.dup || got.DuplicateOf >= got.ID {
			t.Errorf("%s: %+v", c.what, got)
		}
	}
	if first.DuplicateOf != 0 {
		t.Errorf("the first is a duplicate of %d", first.DuplicateOf)
	}
	saved, _, err := s.AddRecords(ctx, ana, owned(ana, 9, 9), nil)
	if err != nil || saved[0].DuplicateOf != 0 || saved[1].DuplicateOf != saved[0].ID {
		t.Errorf("twice in one save: %+v, %v", saved, err)
	}
	if err := s.DeleteRecords(ctx, ana, []uint64{saved[0].ID, saved[1].ID}); err != nil {
		t.Fatal(err)
	}
	if got := save(ana, 9); got.DuplicateOf != 0 {
		t.Errorf("a duplicate of what was deleted: %+v", got)
	}
}

// TestKeysOfAnAccountGoWithIt.
func TestKeysOfAnAccountGoWithIt(t *testing.T) {
	s := openStore(t, store.Config{}) // the check at its end finds what stays
	lito := grower(t, s, "lito")
	for i := range 5 {
		if _, _, err := s.AddRecords(ctx, lito, owned(lito, 1), once(fmt.Sprint(i), 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.DeleteUser(ctx, lito, lito.User); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Replied(ctx, lito, "1", [32]byte{1}); mango.CodeOf(err) != mango.Unauthenticated {
		t.Errorf("%v", err)
	}
	var e *mango.Error
	if _, _, err := s.AddRecords(ctx, lito, owned(lito, 1), once("1", 1)); !errors.As(err, &e) {
		t.Errorf("%v", err)
	}
}
