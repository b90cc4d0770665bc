package budget

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"
)

// Config says how much there is. Shares are fractions of Bytes.
type Config struct {
	Bytes    int64         // for all leases together
	Largest  int64         // what one lease may need until it grows no more
	Patience time.Duration // how long a client waits for memory
	Now      func() time.Time
}

// The shares, as divisors of Config.Bytes.
const (
	// ClientShare is what one client may hold while another holds or wants some.
	ClientShare = 2
	// NewcomerShare is kept free for leases that have started.
	NewcomerShare = 4
	// LightReserve is for light clients alone.
	LightReserve = 8
	// LightShare is what a client may hold and still be light.
	LightShare = 16
)

const (
	// progressWindow is over how long a lease's progress is counted.
	progressWindow = 2 * time.Second
	// unearned: a lease that at its present rate would need longer than this for
	// what it holds is evicted when others wait.
	unearned = 60 * time.Second
	// shareWait is how long a client waits before a lease of another client,
	// which holds more than its share, is evicted.
	shareWait = time.Second
	// look is how often a waiting client looks for a lease to evict.
	look = 250 * time.Millisecond
)

// Memory is the budget.
//
// Leases grow while their bodies arrive, so a full budget could leave all of them
// half received. The oldest may therefore overdraw by Largest: one always
// completes and returns its bytes.
type Memory struct {
	cfg Config

	mu      sync.Mutex
	free    int64
	growing list.List // of *Lease, oldest first: those that have started and may grow
	clients map[string]*client
	queue   list.List // of *request, oldest first
	light   int       // of those that wait: light clients' leases
	evicted int64
}

// client is one name that leases are charged to.
type client struct {
	name    string
	held    int64
	waiting int // of its leases
	leases  int
	looked  time.Time // when room was last made for it
}

// New makes a budget.
func New(cfg Config) *Memory {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Memory{cfg: cfg, free: cfg.Bytes, clients: map[string]*client{}}
}

// InUse is how many bytes are held now.
func (m *Memory) InUse() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cfg.Bytes - m.free
}

// Evicted is how many leases were ended because others waited.
func (m *Memory) Evicted() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.evicted
}

// take waits until l may hold n bytes more, at most the budget's patience.
func (m *Memory) take(ctx context.Context, l *Lease, n int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l.gone {
		return ErrEvicted
	}
	if m.allowed(l, n) && !m.preceded(l, n) {
		m.grant(l, n)
		return nil
	}
	began := m.cfg.Now()
	r := m.enqueue(l, n)
	patience, ticks := time.NewTimer(m.cfg.Patience), time.NewTicker(look)
	defer patience.Stop()
	defer ticks.Stop()
	for {
		m.makeRoom(l, n, m.cfg.Now().Sub(began))
		m.mu.Unlock()
		var err error
		select {
		case <-r.granted:
		case <-ticks.C:
		case <-patience.C:
			err = ErrFull
		case <-ctx.Done():
			err = fmt.Errorf("%w: %w", ErrFull, ctx.Err())
		}
		m.mu.Lock()
		switch {
		case r.place == nil: // granted, perhaps at the last moment
			return nil
		case l.gone:
			err = ErrEvicted
		}
		if err != nil {
			m.dequeue(r)
			m.wake() // it may have been what others waited behind
			return err
		}
	}
}

// request is what a waiting lease asks for.
type request struct {
	lease   *Lease
	bytes   int64
	light   bool
	place   *list.Element // among those that wait; nil once granted or given up
	granted chan struct{} // closed when the lease has the bytes
}

// enqueue has l wait for n bytes.
func (m *Memory) enqueue(l *Lease, n int64) *request {
	r := &request{lease: l, bytes: n, light: m.isLight(l, n), granted: make(chan struct{})}
	r.place = m.queue.PushBack(r)
	m.count(r, 1)
	return r
}

func (m *Memory) dequeue(r *request) {
	m.queue.Remove(r.place)
	r.place = nil
	m.count(r, -1)
}

// count notes that a lease waits, or no longer does. Its pace restarts: its sender
// did not stall.
func (m *Memory) count(r *request, by int) {
	if r.light {
		m.light += by
	}
	r.lease.waiting += by
	for _, c := range r.lease.clients {
		c.waiting += by
	}
	r.lease.pace = NewPace(progressWindow, m.cfg.Now())
}

// wake grants what has become free, to those first who come before the others.
func (m *Memory) wake() {
	for {
		m.light = 0 // who was light when it came may hold more by now
		for e := m.queue.Front(); e != nil; e = e.Next() {
			r := e.Value.(*request)
			if r.light = m.isLight(r.lease, r.bytes); r.light {
				m.light++
			}
		}
		var next *request
		for e := m.queue.Front(); e != nil; e = e.Next() {
			r := e.Value.(*request)
			if (next == nil || m.before(r.lease, r.bytes, next.lease, next.bytes)) && m.allowed(r.lease, r.bytes) {
				next = r
			}
		}
		if next == nil {
			return
		}
		m.dequeue(next)
		m.grant(next.lease, next.bytes)
		close(next.granted)
	}
}

// preceded reports whether a waiting lease that could be served comes before l.
func (m *Memory) preceded(l *Lease, n int64) bool {
	for e := m.queue.Front(); e != nil; e = e.Next() {
		r := e.Value.(*request)
		if !m.before(l, n, r.lease, r.bytes) && m.allowed(r.lease, r.bytes) {
			return true
		}
	}
	return false
}

// before reports whether a is served before b, which has waited longer: the oldest
// that grows, since it completes; a light client; the client with fewer requests, so
// that a crowd of one's own helps nobody; what has started, since it will be done.
func (m *Memory) before(a *Lease, na int64, b *Lease, nb int64) bool {
	if x, y := m.oldest(a), m.oldest(b); x != y {
		return x
	}
	if x, y := m.isLight(a, na), m.isLight(b, nb); x != y {
		return x
	}
	if x, y := a.crowd(), b.crowd(); x != y {
		return x < y
	}
	return a.place != nil && b.place == nil
}

func (m *Memory) oldest(l *Lease) bool { return l.place != nil && l.place == m.growing.Front() }

func (m *Memory) isLight(l *Lease, n int64) bool { return m.most(l)+n <= m.cfg.Bytes/LightShare }

// allowed reports whether the shares let l hold n bytes more; m.mu is held.
func (m *Memory) allowed(l *Lease, n int64) bool {
	left, size := m.free-n, m.cfg.Bytes
	switch {
	case m.oldest(l):
		return left >= -m.cfg.Largest
	case left < 0:
		return false
	case m.isLight(l, n), m.free == size: // the only one
		return true
	case left < size/LightReserve, l.place == nil && left < size/NewcomerShare:
		return false
	}
	return m.light == 0 && (m.most(l)+n <= size/ClientShare || !m.rivals(l))
}

func (m *Memory) grant(l *Lease, n int64) {
	if l.place == nil {
		l.place = m.growing.PushBack(l)
	}
	m.move(l, n)
}

// most is what the largest of a lease's clients holds.
func (m *Memory) most(l *Lease) int64 {
	held := int64(0)
	for _, c := range l.clients {
		held = max(held, c.held)
	}
	return held
}

// rivals reports whether other clients hold or wait.
func (m *Memory) rivals(l *Lease) bool {
	for _, c := range l.clients {
		if c.held == m.cfg.Bytes-m.free && c.waiting == m.queue.Len() {
			return false // all of it is this client's
		}
	}
	return m.free < m.cfg.Bytes || m.queue.Len() > 0
}

func (m *Memory) move(l *Lease, n int64) {
	m.free -= n
	l.held += n
	for _, c := range l.clients {
		c.held += n
	}
}

// makeRoom evicts one lease for l, which has waited this long: the slowest for what
// it holds, else one of the client that exceeds its share most. m.mu is held.
func (m *Memory) makeRoom(l *Lease, n int64, waited time.Duration) {
	now := m.cfg.Now()
	if len(l.clients) > 0 { // one look for all waiting leases of a client
		if c := l.clients[0]; now.Sub(c.looked) < look {
			return
		} else {
			c.looked = now
		}
	}
	var worst, newest *Lease
	fair := m.cfg.Bytes / int64(max(ClientShare, min(len(m.clients), LightReserve)))
	longest, greatest := unearned.Seconds(), max(m.most(l)+n, fair)
	for e := m.growing.Front(); e != nil; e = e.Next() {
		other := e.Value.(*Lease)
		if other == l || other.gone || other.waiting > 0 {
			continue
		}
		if rate, known := other.pace.Rate(now); known {
			if takes := float64(other.held) / max(rate, 1); takes > longest {
				worst, longest = other, takes
			}
		}
		// A quarter more, so that two of equal size do not evict each other.
		if held := m.most(other); !l.shares(other) && held > greatest+greatest/4 {
			newest, greatest = other, held
		} else if newest != nil && newest.shares(other) {
			newest = other // of that client the one that has received least
		}
	}
	switch {
	case worst != nil:
		m.end(worst)
	case newest != nil && waited >= shareWait:
		m.end(newest)
	}
}

func (m *Memory) end(l *Lease) {
	l.gone = true
	m.evicted++
	if l.evict != nil {
		l.evict()
	}
}
