package commit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mangosense/server/internal/store/commit"
)

// log is what a transaction of these tests is: the names of the writes in it.
type log struct{ names []string }

func write(name string, err error) func(*log) error {
	return func(l *log) error { l.names = append(l.names, name); return err }
}

var (
	ctx        = context.Background()
	errRefused = errors.New("refused")
	errDisk    = errors.New("the disk is gone")
)

// disk stands for the store: it keeps the batches that it was given. takes is
// how long a sync lasts.
type disk struct {
	mu      sync.Mutex
	batches [][]string
	takes   time.Duration
	outcome func(l *log) error // of a transaction; nil: durable
}

func (d *disk) try(writes []func(*log) error) ([]error, error) {
	l := &log{}
	refused := make([]error, len(writes))
	for i, w := range writes {
		refused[i] = w(l)
	}
	time.Sleep(d.takes)
	d.mu.Lock()
	d.batches = append(d.batches, l.names)
	d.mu.Unlock()
	if d.outcome != nil {
		if err := d.outcome(l); err != nil {
			return nil, err
		}
	}
	return refused, nil
}

// together queues writes before the queue starts, so that they are one batch.
func together(t *testing.T, d *disk, writes map[string]error) map[string]error {
	t.Helper()
	answers := map[string]error{}
	synctest.Test(t, func(t *testing.T) {
		q := commit.New(commit.Config[*log]{Try: d.try})
		var mu sync.Mutex
		var all sync.WaitGroup
		for name, err := range writes {
			all.Go(func() {
				err := q.Do(ctx, write(name, err))
				mu.Lock()
				answers[name] = err
				mu.Unlock()
			})
		}
		synctest.Wait()
		q.Start()
		all.Wait()
		q.Close()
	})
	return answers
}

// Each write of a batch has the answer that is its own.
func TestAnswersOfABatch(t *testing.T) {
	broken := func(name string) func(*log) error {
		return func(l *log) error {
			if i := slices.Index(l.names, name); i >= 0 {
				return &commit.Broken{Index: i, Err: errDisk}
			}
			return nil
		}
	}
	for name, c := range map[string]struct {
		outcome func(*log) error
		writes  map[string]error
		want    map[string]error
		batches int
	}{
		"all durable":   {nil, map[string]error{"a": nil, "b": nil, "c": nil}, map[string]error{"a": nil, "b": nil, "c": nil}, 1},
		"one refused":   {nil, map[string]error{"a": nil, "b": errRefused}, map[string]error{"a": nil, "b": errRefused}, 1},
		"all refused":   {nil, map[string]error{"a": errRefused, "b": errRefused}, map[string]error{"a": errRefused, "b": errRefused}, 1},
		"one broken":    {broken("b"), map[string]error{"a": nil, "b": nil, "c": errRefused}, map[string]error{"a": nil, "b": errDisk, "c": errRefused}, 2},
		"a lone broken": {broken("a"), map[string]error{"a": nil}, map[string]error{"a": errDisk}, 1},
		"the disk fails": {func(*log) error { return errDisk }, map[string]error{"a": nil, "b": errRefused},
			map[string]error{"a": errDisk, "b": errDisk}, 1},
		"one cannot be together": {func(l *log) error {
			switch {
			case !slices.Contains(l.names, "b"):
				return nil
			case len(l.names) > 1:
				return commit.ErrApart
			}
			return errDisk
		}, map[string]error{"a": nil, "b": nil, "c": errRefused}, map[string]error{"a": nil, "b": errDisk, "c": errRefused}, 4},
		"apart when alone already": {func(*log) error { return commit.ErrApart }, map[string]error{"a": nil}, map[string]error{"a": commit.ErrApart}, 1},
	} {
		d := &disk{outcome: c.outcome}
		got := together(t, d, c.writes)
		for w, want := range c.want {
			if err, answered := got[w]; !answered || !errors.Is(err, want) || (want == nil) != (err == nil) {
				t.Errorf("%s: %s is answered %v, want %v", name, w, err, want)
			}
		}
		if len(d.batches) != c.batches {
			t.Errorf("%s: %d transactions: %v", name, len(d.batches), d.batches)
		}
	}
}

// A batch is no larger than Config.Batch, and no write is in two.
func TestBatchesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		q := commit.New(commit.Config[*log]{Batch: 10, Try: d.try})
		var all sync.WaitGroup
		for i := range 35 {
			all.Go(func() {
				if err := q.Do(ctx, write(fmt.Sprint(i), nil)); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		q.Start()
		all.Wait()
		seen := map[string]int{}
		for _, b := range d.batches {
			if len(b) > 10 {
				t.Errorf("a batch of %d", len(b))
			}
			for _, name := range b {
				seen[name]++
			}
		}
		if len(d.batches) != 4 || len(seen) != 35 || slices.ContainsFunc(slices.Collect(values(seen)), func(n int) bool { return n != 1 }) {
			t.Errorf("%d batches: %v", len(d.batches), d.batches)
		}
		q.Close()
	})
}

func values(m map[string]int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for _, v := range m {
			if !yield(v) {
				return
			}
		}
	}
}

// A lone write waits for nobody; after a batch of several the next one waits for
// as many, at most Gather. Time is the test's own.
func TestWhoWaitsForWhom(t *testing.T) {
	for name, c := range map[string]struct {
		before int           // writes of the batch before
		comes  time.Duration // when a second write comes
		want   time.Duration // until the first is answered; a sync takes 1 s
	}{
		"alone after nothing":           {0, time.Hour, time.Second},
		"alone after one":               {1, time.Hour, time.Second},
		"alone after several":           {3, time.Hour, time.Second + 5*time.Millisecond},
		"company after several":         {2, 2 * time.Millisecond, time.Second + 2*time.Millisecond},
		"company too late":              {2, 6 * time.Millisecond, time.Second + 5*time.Millisecond},
		"less company than there was":   {3, 2 * time.Millisecond, time.Second + 5*time.Millisecond},
		"company that nobody waits for": {1, 2 * time.Millisecond, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &disk{takes: time.Second}
				q := commit.New(commit.Config[*log]{Gather: 5 * time.Millisecond, Try: d.try})
				var crowd sync.WaitGroup
				for i := range c.before {
					crowd.Go(func() { _ = q.Do(ctx, write(fmt.Sprint(i), nil)) })
				}
				synctest.Wait()
				q.Start()
				crowd.Wait()
				begun := time.Now()
				var other sync.WaitGroup
				other.Go(func() {
					time.Sleep(c.comes)
					_ = q.Do(ctx, write("second", nil))
				})
				if err := q.Do(ctx, write("first", nil)); err != nil {
					t.Error(err)
				}
				if took := time.Since(begun); took != c.want {
					t.Errorf("answered after %v, want %v", took, c.want)
				}
				other.Wait()
				q.Close()
			})
		})
	}
}

// A context that ends before a write is queued, or while it waits there, keeps it
// from happening; one that ends during the sync does not cut the answer short.
func TestContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{takes: time.Second}
		q := commit.New(commit.Config[*log]{Batch: 1, Try: d.try})
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if err := q.Do(ended, write("never", nil)); !errors.Is(err, context.Canceled) {
			t.Errorf("before: %v", err)
		}
		short, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() { // in the queue, which is full then
			if err := q.Do(short, write("queued", nil)); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("while queued: %v", err)
			}
		})
		synctest.Wait()
		if err := q.Do(short, write("no room", nil)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("while the queue is full: %v", err)
		}
		q.Start()
		all.Wait()
		during, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
		defer cancel()
		begun := time.Now()
		if err := q.Do(during, write("during", nil)); err != nil || time.Since(begun) != time.Second {
			t.Errorf("during the sync: %v after %v", err, time.Since(begun))
		}
		q.Close()
		if got := fmt.Sprint(d.batches); got != "[[] [during]]" {
			t.Errorf("what ran: %v", got)
		}
	})
}

// Close commits what is queued, is idempotent, and nothing is taken afterwards,
// whether the queue ever started or not.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{takes: time.Second}
		q := commit.New(commit.Config[*log]{Batch: 4, Try: d.try})
		q.Start()
		q.Start()
		var all sync.WaitGroup
		var durable atomic.Int32
		for i := range 8 {
			all.Go(func() {
				if q.Do(ctx, write(fmt.Sprint(i), nil)) == nil {
					durable.Add(1)
				}
			})
		}
		synctest.Wait()
		q.Close()
		q.Close()
		all.Wait()
		if durable.Load() < 5 { // those in the sync and those in the queue
			t.Errorf("%d of 8 are durable", durable.Load())
		}
		if err := q.Do(ctx, write("after", nil)); !errors.Is(err, commit.ErrClosed) {
			t.Errorf("after: %v", err)
		}
		q.Start()

		never := commit.New(commit.Config[*log]{Try: d.try})
		all.Go(func() {
			if err := never.Do(ctx, write("never", nil)); !errors.Is(err, commit.ErrClosed) {
				t.Errorf("queued in one that never starts: %v", err)
			}
		})
		synctest.Wait()
		never.Close()
		all.Wait()
	})
}

// Answered is called once for each batch, when its writes have their answers.
func TestAnsweredComesLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		var answered, told atomic.Int32
		q := commit.New(commit.Config[*log]{Try: d.try, Answered: func() {
			synctest.Wait() // until those who were answered went on
			told.Add(1)
			if answered.Load() != 3 {
				t.Errorf("%d of 3 were answered", answered.Load())
			}
		}})
		var all sync.WaitGroup
		for i := range 3 {
			all.Go(func() { _ = q.Do(ctx, write(fmt.Sprint(i), nil)); answered.Add(1) })
		}
		synctest.Wait()
		q.Start()
		all.Wait()
		q.Close()
		if told.Load() != 1 {
			t.Errorf("told %d times", told.Load())
		}
	})
}

// Many goroutines, closed in the middle: each write is answered, and those that
// are said to be durable are.
func TestQueueHammer(t *testing.T) {
	d := &disk{}
	q := commit.New(commit.Config[*log]{Batch: 8, Gather: 100 * time.Microsecond, Try: d.try})
	q.Start()
	var mu sync.Mutex
	durable := map[string]bool{}
	var all sync.WaitGroup
	for g := range 16 {
		all.Go(func() {
			for i := range 200 {
				name := fmt.Sprint(g, "-", i)
				switch err := q.Do(ctx, write(name, nil)); {
				case err == nil:
					mu.Lock()
					durable[name] = true
					n := len(durable)
					mu.Unlock()
					if n == 1500 {
						all.Go(q.Close)
					}
				case !errors.Is(err, commit.ErrClosed):
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	q.Close()
	for _, b := range d.batches {
		for _, name := range b {
			delete(durable, name)
		}
	}
	if len(durable) > 0 {
		t.Errorf("%d writes are durable and in no transaction", len(durable))
	}
}
