package store_test

import (
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// Concurrent writers share one sync. The ratio is a matter of the disk: it is
// measured here, and asserted only where a sync takes a while.
func TestGroupCommitAgainstOneByOne(t *testing.T) {
	s := openStore(t, store.Config{})
	const alone, writers = 40, 256
	full, together := os.Getenv("MANGOSENSE_TORTURE") == "full", 1500
	if full {
		together = 4000
	}
	records := make([]*mango.Record, together)
	for i := range records {
		records[i] = realistic(i)
		records[i].Media = "" // the record alone is measured
	}
	begun := time.Now()
	lone := make([]time.Duration, alone)
	for i := range alone {
		at := time.Now()
		r := *records[i]
		if _, err := s.AddRecord(ctx, mango.System, &r); err != nil {
			t.Fatal(err)
		}
		lone[i] = time.Since(at)
	}
	one := alone / time.Since(begun).Seconds()
	slices.Sort(lone)

	before := s.Health().Commits
	begun = time.Now()
	var wg sync.WaitGroup
	var next atomic.Int64
	for range writers {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(together); i = next.Add(1) - 1 {
				if _, err := s.AddRecord(ctx, mango.System, records[i]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	all := float64(together) / time.Since(begun).Seconds()
	commits := s.Health().Commits - before
	t.Logf("one by one %.0f/s (median %v), %d writers together %.0f/s in %d commits: %.1f times", one, lone[alone/2], writers, all, commits, all/one)
	if commits*10 > int64(together) {
		t.Errorf("%d records took %d syncs", together, commits)
	}
	if full && all < 20*one && lone[alone/2] > 2*time.Millisecond {
		t.Errorf("only %.1f times", all/one)
	}
}

// A lone write waits for nobody, even right after a crowd.
func TestLoneWriteIsNotDelayed(t *testing.T) {
	s := openStore(t, store.Config{Gather: 10 * time.Millisecond})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			if _, err := s.AddRecord(ctx, mango.System, realistic(g)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	quick := 0
	for i := range 20 {
		if _, err := s.AddRecord(ctx, mango.System, realistic(100+i)); err != nil {
			t.Fatal(err)
		}
		at := time.Now()
		if _, err := s.AddRecord(ctx, mango.System, realistic(200+i)); err != nil {
			t.Fatal(err)
		}
		if time.Since(at) < 10*time.Millisecond {
			quick++
		}
	}
	if quick == 0 {
		t.Error("every lone write waited for company")
	}
}
