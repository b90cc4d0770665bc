package store_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// load is what a busy store is asked: answers and when they came.
type load struct {
	mu    sync.Mutex
	times map[string][]time.Duration
	ends  map[string][]time.Time
}

// work asks with so many clients at once until stop is closed.
func (l *load) work(wg *sync.WaitGroup, stop chan struct{}, what string, clients int, do func()) {
	for range clients {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				at := time.Now()
				do()
				end := time.Now()
				l.mu.Lock()
				l.times[what], l.ends[what] = append(l.times[what], end.Sub(at)), append(l.ends[what], end)
				l.mu.Unlock()
			}
		})
	}
}

// say logs how long answers took and the longest time without any.
func (l *load) say(t *testing.T, when string) {
	t.Helper()
	for _, what := range []string{"reads", "pages", "writes"} {
		times, ends := l.times[what], l.ends[what]
		if len(times) < 2 {
			continue
		}
		slices.Sort(times)
		slices.SortFunc(ends, time.Time.Compare)
		silence := time.Duration(0)
		for i := 1; i < len(ends); i++ {
			silence = max(silence, ends[i].Sub(ends[i-1]))
		}
		over := 0
		for _, d := range times {
			if d > 50*time.Millisecond {
				over++
			}
		}
		t.Logf("%-6s %s: median %7v, 99 %% %7v, longest %7v, %d of %d over 50 ms; at most %v without an answer", what, when,
			times[len(times)/2].Round(time.Microsecond), times[len(times)*99/100].Round(time.Microsecond),
			times[len(times)-1].Round(time.Microsecond), over, len(times), silence.Round(time.Microsecond))
	}
}

// A backup of a store at full load (64 writers, readers and pages of the
// history beside them) holds nobody up. How long anything takes is the disk's
// and the neighbours' affair, so the same load is measured without a backup,
// before and after it, and the numbers are logged.
func TestBackupUnderFullLoad(t *testing.T) {
	s := openStore(t, store.Config{})
	n, rounds := 2000, 1
	if os.Getenv("MANGOSENSE_TORTURE") == "full" {
		n, rounds = 60_000, 3
	}
	var next atomic.Int64
	add := func() {
		if _, err := s.AddRecord(ctx, mango.System, realistic(int(next.Add(1)))); err != nil {
			t.Error(err)
		}
	}
	var wg sync.WaitGroup
	for range 256 {
		wg.Go(func() {
			for next.Load() < int64(n) {
				add()
			}
		})
	}
	wg.Wait()
	under := func(when string, do func()) {
		l := &load{times: map[string][]time.Duration{}, ends: map[string][]time.Time{}}
		stop := make(chan struct{})
		var wg sync.WaitGroup
		l.work(&wg, stop, "writes", 64, add)
		l.work(&wg, stop, "reads", 2, func() {
			if _, err := s.Record(ctx, mango.System, uint64(rand.IntN(n)+1)); err != nil {
				t.Error(err)
			}
			time.Sleep(200 * time.Microsecond) // else they take the processors from the writers
		})
		l.work(&wg, stop, "pages", 2, func() {
			if _, err := s.PageRecords(ctx, mango.System, mango.RecordFilter{}, mango.Page{Number: rand.IntN(n/20) + 1, Size: 20}); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Millisecond)
		})
		do()
		close(stop)
		wg.Wait()
		l.say(t, when)
	}
	dir := t.TempDir()
	for range rounds {
		took := 300 * time.Millisecond
		under("during", func() {
			b, err := s.Backup(ctx, dir, 1, nil)
			if err != nil {
				t.Error(err)
			}
			took = b.Took
			t.Logf("backup of %d bytes, %d records, in %v", b.Bytes, b.Records, b.Took.Round(time.Millisecond))
		})
		under("without", func() { time.Sleep(took) })
	}
}
