package budget

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"
)

// TestServedFirst: the budget is full and all these wait, in this order; who gets
// what comes free, one after the other.
func TestServedFirst(t *testing.T) {
	const mb = 1 << 20
	type waiter struct {
		name, client string
		started      bool // holds a quarter of a megabyte already
		mb           int64
	}
	for _, c := range []struct {
		name    string
		waiters []waiter
		order   []string
	}{
		{"a lone request before a crowd's", []waiter{
			{"crowd 1", "crowd", false, 1}, {"crowd 2", "crowd", false, 1}, {"crowd 3", "crowd", false, 1}, {"lone", "phone", false, 1},
		}, []string{"lone", "crowd 1", "crowd 2", "crowd 3"}},
		{"what has started before what has not", []waiter{
			{"new", "a", false, 1}, {"begun", "b", true, 1}, {"newer", "c", false, 1},
		}, []string{"begun", "new", "newer"}},
		{"a light client before one that wants much", []waiter{
			{"much", "a", false, 4}, {"little", "b", false, 1},
		}, []string{"little", "much"}},
		{"equals in the order of coming", []waiter{
			{"first", "a", false, 1}, {"second", "b", false, 1}, {"third", "c", false, 1},
		}, []string{"first", "second", "third"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := New(Config{Bytes: 40 * mb, Largest: 10 * mb, Patience: time.Minute})
			leases := make([]*Lease, len(c.waiters))
			for i, w := range c.waiters {
				leases[i] = m.Lease(nil, w.client)
			}
			hold := func(l *Lease, n int64) {
				t.Helper()
				if err := l.Grow(t.Context(), n); err != nil {
					t.Fatal(err)
				}
			}
			var holders []*Lease
			for len(holders) < 19 {
				holders = append(holders, m.Lease(nil, string(rune('A'+len(holders)))))
				hold(holders[len(holders)-1], 2*mb)
			}
			for i, w := range c.waiters {
				if w.started {
					hold(leases[i], mb/4)
				}
			}
			for m.free >= mb/4 { // full to the last
				holders = append(holders, m.Lease(nil, "rest "+string(rune('A'+len(holders)))))
				hold(holders[len(holders)-1], mb/4)
			}
			granted := make(chan string)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			for i, w := range c.waiters {
				go func() {
					if leases[i].Grow(ctx, w.mb*mb) == nil {
						granted <- w.name
					}
				}()
				for waiting := 0; waiting <= i; {
					runtime.Gosched()
					m.mu.Lock()
					waiting = m.queue.len
					m.mu.Unlock()
				}
			}
			var order []string
			for len(order) < len(c.waiters) {
				select {
				case name := <-granted:
					order = append(order, name)
					leases[slices.IndexFunc(c.waiters, func(w waiter) bool { return w.name == name })].Settle()
				default:
					if len(holders) > 0 { // a quarter, so that no two are granted at once
						if l := holders[0]; l.Held() > 0 {
							l.Shrink(mb / 4)
						} else {
							l.Close()
							holders = holders[1:]
						}
					}
					time.Sleep(time.Millisecond)
				}
			}
			if !slices.Equal(order, c.order) {
				t.Errorf("served %q, want %q", order, c.order)
			}
		})
	}
}

// TestGivenUp: a request that no longer waits leaves nothing behind, and what it
// stood before is served.
func TestGivenUp(t *testing.T) {
	m := New(Config{Bytes: 1000, Largest: 100, Patience: time.Minute})
	holder, gone := m.Lease(nil, "holder"), m.Lease(nil, "gone")
	if err := holder.Grow(t.Context(), 1000); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := gone.Grow(ctx, 10); err == nil {
		t.Fatal("10 bytes of a full budget")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.queue.len != 0 || len(gone.waiting) != 0 || len(gone.clients[0].waiting) != 0 {
		t.Errorf("%d wait, %d of the lease, %d of its client", m.queue.len, len(gone.waiting), len(gone.clients[0].waiting))
	}
}
