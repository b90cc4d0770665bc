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
	const alone, together, writers = 40, 4000, 256
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
			for i := next.Add(1) - 1; i < together; i = next.Add(1) - 1 {
				if _, err := s.AddRecord(ctx, mango.System, records[i]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	all := together / time.Since(begun).Seconds()
	commits := s.Health().Commits - before
	t.Logf("one by one %.0f/s (median %v), %d writers together %.0f/s in %d commits: %.1f times", one, lone[alone/2], writers, all, commits, all/one)
	if commits*20 > together {
		t.Errorf("%d records took %d syncs", together, commits)
	}
	if os.Getenv("MANGOSENSE_TORTURE") == "full" && all < 20*one && lone[alone/2] > 2*time.Millisecond {
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

// A backup of the serving store holds nobody up for long. How long a commit
// takes is the disk's affair, so it is compared with the time before; the
// numbers are logged, and only make torture asserts them.
func TestBackupDoesNotStall(t *testing.T) {
	s := openStore(t, store.Config{})
	n := 800
	if os.Getenv("MANGOSENSE_TORTURE") == "full" {
		n = 40_000
	}
	fill(t, s, n)
	during := func(do func()) (reads, writes []time.Duration) {
		stop := make(chan struct{})
		var wg sync.WaitGroup
		measure := func(times *[]time.Duration, do func(i int)) {
			wg.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						slices.Sort(*times)
						return
					default:
					}
					at := time.Now()
					do(i)
					*times = append(*times, time.Since(at))
				}
			})
		}
		measure(&reads, func(i int) { _, _ = s.Record(ctx, mango.System, uint64(i%n+1)) })
		measure(&writes, func(i int) { _, _ = s.AddRecord(ctx, mango.System, realistic(1_000_000+i)) })
		do()
		close(stop)
		wg.Wait()
		return reads, writes
	}
	say := func(when string, times []time.Duration) time.Duration {
		if len(times) == 0 {
			return 0
		}
		p99 := times[len(times)*99/100]
		t.Logf("%s: median %v, 99 %% %v, longest %v of %d", when, times[len(times)/2], p99, times[len(times)-1], len(times))
		return p99
	}
	var took time.Duration
	dir := t.TempDir()
	reads1, writes1 := during(func() {
		b, err := s.Backup(ctx, dir, 0, nil)
		if err != nil {
			t.Error(err)
		}
		took = b.Took
		t.Logf("backup of %d bytes in %v", b.Bytes, b.Took)
	})
	reads0, writes0 := during(func() { time.Sleep(took) })
	say("reads without", reads0)
	r := say("reads during", reads1)
	w0, w1 := say("writes without", writes0), say("writes during", writes1)
	if os.Getenv("MANGOSENSE_TORTURE") == "full" && (r > 50*time.Millisecond || w1 > w0+50*time.Millisecond) {
		t.Errorf("the backup held requests up")
	}
}
