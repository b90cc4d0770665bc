package budget

import (
	"container/list"
	"context"
	"time"
)

// Lease is what one request holds. Its methods may be called from several
// goroutines; Close ends it and may be called again.
type Lease struct {
	memory  *Memory
	clients []*client
	evict   func()

	lost func() bool

	// Guarded by memory.mu.
	held    int64
	expects int64         // what it will hold at its end
	place   *list.Element // among those that grow; nil before the first byte and once settled
	waiting []*request    // of its own
	ended   chan struct{} // closed when it is evicted; nil before it first waits
	gone    bool          // evicted
	closed  bool
	pace    Pace
	began   time.Time
	waited  time.Duration // of the time since
	moved   int64         // bytes since
}

// Lease begins one that holds nothing yet, in the names of clients. evict is
// called at most once, when others need its bytes, and must end its request soon.
// It may be nil.
func (m *Memory) Lease(evict func(), clients ...string) *Lease {
	l := &Lease{memory: m, evict: evict, began: m.cfg.Now()}
	l.pace = NewPace(progressWindow, l.began)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range clients {
		c := m.clients[name]
		if c == nil {
			c = &client{name: name}
			m.clients[name] = c
		}
		c.leases++
		l.clients = append(l.clients, c)
	}
	return l
}

// Expect says how many bytes l will hold before it grows no more. Others that go for
// it are as many as hold that.
func (l *Lease) Expect(n int64) {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	l.expects = n
}

// Watch has lost asked, now and then while l waits, whether whoever asked for the
// bytes has gone; it waits no longer then. Call it before l grows.
func (l *Lease) Watch(lost func() bool) { l.lost = lost }

// Grow waits until n more bytes may be held.
//
// Errors: ErrFull, ErrEvicted, ErrLost.
func (l *Lease) Grow(ctx context.Context, n int64) error { return l.memory.take(ctx, l, n) }

// Moved counts bytes that went over the lease's connection: its progress.
func (l *Lease) Moved(n int) {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	l.moved += int64(n)
	l.pace.Add(l.memory.cfg.Now(), n)
}

// Shrink gives n bytes back, and no more than it holds.
func (l *Lease) Shrink(n int64) {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	l.memory.move(l, -min(n, l.held))
	l.memory.wake()
}

// Settle ends l's growth: another may be the oldest now. It holds its bytes until
// Shrink or Close, and is not evicted.
func (l *Lease) Settle() {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	l.settle()
}

func (l *Lease) settle() {
	if l.place != nil {
		l.memory.growing.Remove(l.place)
		l.place = nil
		l.memory.wake()
	}
}

// Evicted reports whether the lease was evicted.
func (l *Lease) Evicted() bool {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	return l.gone
}

// Held is what it holds now.
func (l *Lease) Held() int64 {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	return l.held
}

// Close gives everything back.
func (l *Lease) Close() {
	m := l.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if l.closed {
		return
	}
	l.closed = true
	l.settle()
	m.move(l, -l.held)
	for _, c := range l.clients {
		if c.leases--; c.leases == 0 {
			delete(m.clients, c.name)
		}
		m.refresh(c)
	}
	m.wake()
}
