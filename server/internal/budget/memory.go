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
	// LightReserve is for light clients, and for those with few leases.
	LightReserve = 8
	// LoneReserve is for light clients that have few leases: the others are light
	// each and many together.
	LoneReserve = 16
	// LightShare is what a client may hold and still be light.
	LightShare = 16
)

// Few is how many leases a client may have and use LoneReserve.
const Few = 2

// Memory is the budget.
//
// Leases grow while their bodies arrive, so a full budget could leave all of them
// half received. The oldest may therefore overdraw by Largest: one always
// completes and returns its bytes.
type Memory struct {
	cfg Config

	mu      sync.Mutex
	free    int64
	leaving int64     // of what is held: by leases that were evicted and have not closed
	growing list.List // of *Lease, oldest first: those that have started and may grow
	clients map[string]*client
	queue   queue
	looked  time.Time // when leases to evict were last looked for
	evicted int64
}

// client is one name that leases are charged to.
type client struct {
	name    string
	held    int64
	leases  int
	waiting map[*request]struct{} // of its leases
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
	if l.gone || l.closed {
		return ErrEvicted
	}
	r := m.request(l, n)
	if m.allowed(r) && !m.preceded(r) {
		m.grant(l, n)
		return nil
	}
	m.enqueue(r)
	patience, ticks := time.NewTimer(m.cfg.Patience), time.NewTicker(look)
	defer patience.Stop()
	defer ticks.Stop()
	for {
		m.makeRoom(m.cfg.Now())
		m.mu.Unlock()
		var err error
		select {
		case <-r.granted:
		case <-l.ended:
			err = ErrEvicted
		case <-ticks.C:
			if l.lost != nil && l.lost() {
				err = ErrLost
			}
		case <-patience.C:
			err = ErrFull
		case <-ctx.Done():
			err = fmt.Errorf("%w: %w", ErrFull, ctx.Err())
		}
		m.mu.Lock()
		switch {
		case !r.waits(): // granted, perhaps at the last moment
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

// allowed reports whether the shares let a lease hold what it asks for.
func (m *Memory) allowed(r *request) bool {
	left := m.free - r.bytes
	switch {
	case m.oldest(r.lease):
		return left >= -m.cfg.Largest
	case left < 0:
		return false
	case m.free == m.cfg.Bytes: // the only one
		return true
	}
	return left >= m.reserve(r) && (r.class != beyond || !m.rivals(r.lease))
}

// reserve is what has to stay free for others when r is granted.
func (m *Memory) reserve(r *request) int64 {
	switch {
	case r.class == light && r.crowd <= Few:
		return 0
	case r.class == light, r.begun && r.crowd <= Few: // so that light ones of a crowd take nothing that it waits for
		return m.cfg.Bytes / LoneReserve
	case r.begun:
		return m.cfg.Bytes / LightReserve
	}
	return m.cfg.Bytes / NewcomerShare
}

// rivals reports whether other clients hold or wait.
func (m *Memory) rivals(l *Lease) bool {
	for _, c := range l.clients {
		if c.held == m.cfg.Bytes-m.free && len(c.waiting) == m.queue.len {
			return false // all of it is this client's
		}
	}
	return m.free < m.cfg.Bytes || m.queue.len > 0
}

func (m *Memory) oldest(l *Lease) bool { return l.place != nil && l.place == m.growing.Front() }

func (m *Memory) grant(l *Lease, n int64) {
	if l.place == nil {
		l.place = m.growing.PushBack(l)
		for _, r := range l.waiting {
			m.replace(r)
		}
	}
	m.move(l, n)
}

func (m *Memory) move(l *Lease, n int64) {
	m.free -= n
	l.held += n
	if l.gone {
		m.leaving += n
	}
	for _, c := range l.clients {
		c.held += n
		if n < 0 {
			m.refresh(c)
		}
	}
}

// most is what the largest of a lease's clients holds.
func (l *Lease) most() (held int64) {
	for _, c := range l.clients {
		held = max(held, c.held)
	}
	return held
}

// crowd is how many leases the busiest of l's clients has.
func (l *Lease) crowd() (n int) {
	for _, c := range l.clients {
		n = max(n, c.leases)
	}
	return n
}

// shares reports whether both are charged to one client.
func (l *Lease) shares(other *Lease) bool {
	for _, c := range l.clients {
		for _, o := range other.clients {
			if c == o {
				return true
			}
		}
	}
	return false
}
