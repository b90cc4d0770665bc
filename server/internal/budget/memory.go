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
	waiting int
	light   int           // of those that wait: light clients' leases
	changed chan struct{} // closed and replaced when bytes or a place come back
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
	return &Memory{cfg: cfg, free: cfg.Bytes, clients: map[string]*client{}, changed: make(chan struct{})}
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
	if m.grant(l, n) {
		return nil
	}
	began := m.cfg.Now()
	light := m.most(l)+n <= m.cfg.Bytes/LightShare
	m.wait(l, light, 1)
	defer m.wait(l, light, -1)
	patience, ticks := time.NewTimer(m.cfg.Patience), time.NewTicker(look)
	defer patience.Stop()
	defer ticks.Stop()
	for {
		m.makeRoom(l, n, m.cfg.Now().Sub(began))
		changed := m.changed
		m.mu.Unlock()
		var err error
		select {
		case <-changed:
		case <-ticks.C:
		case <-patience.C:
			err = ErrFull
		case <-ctx.Done():
			err = fmt.Errorf("%w: %w", ErrFull, ctx.Err())
		}
		m.mu.Lock()
		if l.gone {
			return ErrEvicted
		}
		if err != nil {
			return err
		}
		if m.grant(l, n) {
			return nil
		}
	}
}

// wait counts a lease that waits, or no longer does. Its pace restarts: its sender
// did not stall.
func (m *Memory) wait(l *Lease, light bool, by int) {
	l.waiting = by > 0
	m.waiting += by
	if light {
		m.light += by
	}
	for _, c := range l.clients {
		c.waiting += by
	}
	l.pace = NewPace(progressWindow, m.cfg.Now())
}

// grant takes the bytes if the rules allow it; m.mu is held.
func (m *Memory) grant(l *Lease, n int64) bool {
	left, size := m.free-n, m.cfg.Bytes
	first, rivals := m.growing.Front(), m.rivals(l)
	switch {
	case l.place != nil && l.place == first:
		if left < -m.cfg.Largest {
			return false
		}
	case left < 0:
		return false
	case m.most(l)+n <= size/LightShare:
	case m.free == size: // the only one
	case left < size/LightReserve, l.place == nil && left < size/NewcomerShare:
		return false
	case rivals && m.most(l)+n > size/ClientShare, m.light > 0:
		return false
	}
	if l.place == nil {
		l.place = m.growing.PushBack(l)
	}
	m.move(l, n)
	return true
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
		if c.held == m.cfg.Bytes-m.free && c.waiting == m.waiting {
			return false // all of it is this client's
		}
	}
	return m.free < m.cfg.Bytes || m.waiting > 0
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
		if other == l || other.gone || other.waiting {
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

func (m *Memory) wake() {
	close(m.changed)
	m.changed = make(chan struct{})
}
