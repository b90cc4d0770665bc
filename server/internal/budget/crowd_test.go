package budget_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mangosense/server/internal/budget"
)

// TestCrowdMakesRoom: many small bodies of a few clients fill the budget, and each
// wants more; whoever comes with one of its own is served before any of them would
// give up.
func TestCrowdMakesRoom(t *testing.T) {
	const bytes, step, expects, bodies = 16 * mb, 16 << 10, mb, 300
	for _, c := range []struct {
		name    string
		clients int
		old     time.Duration // how long they have been moving
		grow    bool          // they want more all the time; else they move on with what they hold
		wants   int64
		ends    bool
	}{
		{"two clients, all stuck", 2, 0, true, 2 * mb, true},
		{"twenty clients, all stuck", 20, 0, true, 2 * mb, true},
		{"sixty clients, all stuck", 60, 0, true, 2 * mb, true},
		{"a client for each body, all slow and stuck", bodies, time.Minute, true, mb + mb/4, true},
		{"a little, from the part that is kept", 20, 0, true, mb / 2, false},
		{"twenty clients, all moving slowly", 20, time.Minute, false, 2 * mb, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			var ahead atomic.Int64 // of the real time
			now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
			m := budget.New(budget.Config{Bytes: bytes, Largest: mb, Patience: time.Minute, Now: now})
			ctx, cancel := context.WithCancel(t.Context())
			var crowd sync.WaitGroup
			defer crowd.Wait()
			defer cancel()
			var ended, ready atomic.Int64
			begin := make(chan struct{})
			for i := range bodies {
				crowd.Go(func() {
					l := m.Lease(func() { ended.Add(1) }, fmt.Sprint("crowd ", i%c.clients))
					defer l.Close()
					l.Expect(expects)
					if l.Grow(ctx, step) != nil {
						return
					}
					ready.Add(1)
					<-begin
					for l.Held() < expects && ctx.Err() == nil && !l.Evicted() {
						if !c.grow && m.InUse() >= bytes-bytes/budget.LightReserve-2*step {
							l.Moved(100)
							select {
							case <-ctx.Done():
							case <-time.After(50 * time.Millisecond):
							}
							continue
						}
						if l.Grow(ctx, step) == nil {
							l.Moved(100)
							time.Sleep(20 * time.Millisecond) // they arrive over a network
						}
					}
				})
			}
			for ready.Load() < bodies {
				time.Sleep(time.Millisecond)
			}
			ahead.Store(int64(c.old))
			close(begin)
			for m.InUse() < bytes-bytes/budget.LightReserve-2*step { // of two clients, which are not light, none gets more
				time.Sleep(time.Millisecond)
			}
			phone := m.Lease(func() { t.Error("the phone had to go") }, "phone")
			defer phone.Close()
			phone.Expect(c.wants)
			asked := time.Now()
			for phone.Held() < c.wants {
				if err := phone.Grow(t.Context(), 4*step); err != nil {
					t.Fatalf("after %s with %d bytes: %v", time.Since(asked), phone.Held(), err)
				}
				phone.Moved(4 * step)
			}
			if got := ended.Load() > 0; got != c.ends {
				t.Errorf("%d bodies had to go", ended.Load())
			}
			t.Logf("filled within %s, served within %s; %d of %d had to go", asked.Sub(began).Round(time.Millisecond), time.Since(asked).Round(time.Millisecond), ended.Load(), bodies)
		})
	}
}

// TestGoneWhileWaiting: a sender that has gone waits no longer.
func TestGoneWhileWaiting(t *testing.T) {
	m := budget.New(budget.Config{Bytes: mb, Largest: mb, Patience: time.Hour})
	holder := m.Lease(nil, "holder")
	defer holder.Close()
	grow(t, holder, mb)
	l := m.Lease(nil, "gone")
	asked := 0
	l.Watch(func() bool { asked++; return asked == 2 })
	if err := l.Grow(t.Context(), mb); !errors.Is(err, budget.ErrLost) {
		t.Errorf("error %v, want ErrLost", err)
	}
	l.Close()
	if m.InUse() != mb {
		t.Errorf("%d bytes are held", m.InUse())
	}
}
