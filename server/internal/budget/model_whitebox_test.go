package budget

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// consistent fails unless every number of the budget agrees with every other.
func (m *Memory) consistent(t interface {
	Helper()
	Errorf(string, ...any)
}) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	waiting := 0
	for c, h := range m.queue.heaps {
		waiting += len(h)
		for i, r := range h {
			if r.index != i || int(r.class) != c {
				t.Errorf("request %d of class %d says %d of %d", i, c, r.index, r.class)
			}
			if i > 0 && r.before(h[(i-1)/2]) {
				t.Errorf("request %d of class %d comes before the one above it", i, c)
			}
			if now := m.classOf(r.lease, r.bytes); now < r.class && now != light || r.lease.crowd() < r.crowd {
				t.Errorf("a request waits as %d of %d, and is %d of %d", r.class, r.crowd, now, r.lease.crowd())
			}
		}
	}
	if waiting != m.queue.len {
		t.Errorf("%d requests are counted, %d wait", m.queue.len, waiting)
	}
	held, leaving := int64(0), int64(0)
	clients := map[*client]int64{}
	for e := m.growing.Front(); e != nil; e = e.Next() {
		l := e.Value.(*Lease)
		held += l.held
		if l.gone {
			leaving += l.held
		}
		for _, c := range l.clients {
			clients[c] += l.held
		}
	}
	if held != m.cfg.Bytes-m.free || leaving != m.leaving {
		t.Errorf("leases hold %d and let go of %d, counted are %d and %d", held, leaving, m.cfg.Bytes-m.free, m.leaving)
	}
	for _, c := range m.clients {
		if c.held != clients[c] || c.leases <= 0 {
			t.Errorf("a client's %d leases hold %d, counted are %d", c.leases, clients[c], c.held)
		}
	}
}

func (m *Memory) empty(t interface {
	Helper()
	Errorf(string, ...any)
}) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.free != m.cfg.Bytes || m.leaving != 0 || m.queue.len != 0 || m.growing.Len() != 0 || len(m.clients) != 0 {
		t.Errorf("%d bytes held, %d leaving, %d wait, %d grow, %d clients", m.cfg.Bytes-m.free, m.leaving, m.queue.len, m.growing.Len(), len(m.clients))
	}
}

// TestAnySequence: whatever leases do, one after the other, the numbers agree after
// each step, and after the last close nothing is held.
func TestAnySequence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(1_000_000, 0)
		m := New(Config{Bytes: 4096, Largest: 512, Patience: time.Hour, Now: func() time.Time { return now }})
		gone, cancel := context.WithCancel(context.Background())
		cancel() // whoever has to wait gives up at once
		var leases []*Lease
		pick := func() *Lease { return leases[rapid.IntRange(0, len(leases)-1).Draw(t, "lease")] }
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			step := rapid.IntRange(0, 7).Draw(t, "step")
			if len(leases) == 0 {
				step = 0
			}
			switch step {
			case 0:
				address, user := fmt.Sprint("address ", rapid.IntRange(0, 4).Draw(t, "address")), fmt.Sprint("user ", rapid.IntRange(0, 3).Draw(t, "user"))
				leases = append(leases, m.Lease(nil, address, user))
			case 1, 2, 3:
				_ = pick().Grow(gone, rapid.Int64Range(1, 700).Draw(t, "bytes")) // granted, refused or evicted
			case 4:
				pick().Shrink(rapid.Int64Range(0, 900).Draw(t, "bytes"))
			case 5:
				pick().Moved(rapid.IntRange(0, 9000).Draw(t, "moved"))
				now = now.Add(rapid.SampledFrom([]time.Duration{0, look, time.Second, time.Hour}).Draw(t, "time"))
			case 6:
				pick().Expect(rapid.Int64Range(0, 5000).Draw(t, "expected"))
			case 7:
				pick().Close()
			}
			m.consistent(t)
		}
		for _, l := range leases {
			l.Close()
			l.Shrink(100) // a form that is released late
			_ = l.Grow(gone, 100)
			m.consistent(t)
		}
		m.empty(t)
	})
}

// TestQueueHammer: hundreds of leases of a few clients wait at any time, grow,
// shrink, give up, are evicted and close; the numbers agree all the time.
func TestQueueHammer(t *testing.T) {
	const workers, rounds = 200, 12
	m := New(Config{Bytes: 1 << 20, Largest: 64 << 10, Patience: 30 * time.Millisecond})
	done := make(chan struct{})
	var work, watch sync.WaitGroup
	watch.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
				m.consistent(t)
			}
		}
	})
	for i := range workers {
		work.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 28))
			for range rounds {
				l := m.Lease(func() {}, fmt.Sprint("address ", i%(1+r.IntN(30))), fmt.Sprint("user ", r.IntN(4)))
				l.Watch(func() bool { return r.IntN(9) == 0 })
				l.Expect(r.Int64N(64 << 10))
				for range r.IntN(8) {
					if l.Grow(context.Background(), 1+r.Int64N(16<<10)) != nil {
						break
					}
					l.Moved(r.IntN(16 << 10))
					if r.IntN(4) == 0 {
						l.Shrink(r.Int64N(8 << 10))
					}
				}
				l.Close()
			}
		})
	}
	work.Wait()
	close(done)
	watch.Wait()
	m.empty(t)
}

// BenchmarkWake is one lease that gives bytes back while so many wait, and the one
// that gets them: what a request costs the others.
func BenchmarkWake(b *testing.B) {
	for _, waiting := range []int{10, 100, 1000, 10_000} {
		b.Run(fmt.Sprint(waiting), func(b *testing.B) {
			m := New(Config{Bytes: 1 << 30, Largest: 1 << 20, Patience: time.Hour})
			fill := m.Lease(nil, "holder")
			defer fill.Close()
			if err := fill.Grow(b.Context(), 1<<30); err != nil {
				b.Fatal(err)
			}
			add := func(i int) {
				l := m.Lease(nil, fmt.Sprint("client ", i))
				m.mu.Lock()
				defer m.mu.Unlock()
				m.enqueue(m.request(l, 4<<10))
			}
			for i := range waiting {
				add(i)
			}
			b.ResetTimer()
			for i := 0; b.Loop(); i++ {
				fill.Shrink(4 << 10)
				add(waiting + i)
			}
		})
	}
}
