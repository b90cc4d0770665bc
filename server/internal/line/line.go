package line

import (
	"sync"
	"time"
)

const (
	// firstGap is the time between two answers until one has been measured.
	firstGap = 50 * time.Millisecond
	// learnt is how much of each measurement the gap follows.
	learnt = 0.05
	// longest bounds what one measurement can make of it.
	longest = 10 * time.Second
)

// Config bounds a line.
type Config struct {
	Patience time.Duration // longest wait
	Running  int           // requests that are served at one time
	Own      int           // most places of one client; 0: any number
	Now      func() time.Time
}

// Line is who needs the processor now.
type Line struct {
	cfg Config

	mu      sync.Mutex
	ready   int            // requests that need the processor, or will at once
	clients map[string]int // of them, by client
	gap     time.Duration  // between two answers while more are ready than run
	last    time.Time      // the last answer, since which more have been ready than run; else zero
}

// New makes an empty line.
func New(cfg Config) *Line {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Line{cfg: cfg, clients: map[string]int{}, gap: firstGap}
}

// Place is one request's. Its methods are for one goroutine; Leave may be called
// again, and all of them on nil.
type Place struct {
	line   *Line
	client string
	ready  bool
	left   bool
}

// Enter gives client a place, or none, and the time that a request of it would
// wait.
func (l *Line) Enter(client string) (*Place, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := l.wait(client)
	if wait > l.cfg.Patience || l.cfg.Own > 0 && l.clients[client] >= l.cfg.Own {
		return nil, wait
	}
	l.count(client, 1)
	return &Place{line: l, client: client, ready: true}, wait
}

// Waiting is how many requests need the processor, and the time between two answers.
func (l *Line) Waiting() (requests int, gap time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ready, l.gap
}

// wait is how long one more request of client would: all that are ready come before
// it, or as many of each client as it has itself.
func (l *Line) wait(client string) time.Duration {
	others := len(l.clients)
	if l.clients[client] > 0 {
		others--
	}
	before := min(l.ready, l.clients[client]+others*(l.clients[client]+1))
	return time.Duration(before) * l.gap
}

func (l *Line) count(client string, n int) {
	l.ready += n
	if l.clients[client] += n; l.clients[client] == 0 {
		delete(l.clients, client)
	}
	if l.ready <= l.cfg.Running {
		l.last = time.Time{}
	}
}

// Receiving says that the request's sender is slow: until Ready it needs no
// processor.
func (p *Place) Receiving() { p.set(false) }

// Ready says that all of the request is here.
func (p *Place) Ready() { p.set(true) }

func (p *Place) set(ready bool) {
	if p == nil || p.left || p.ready == ready {
		return
	}
	p.line.mu.Lock()
	defer p.line.mu.Unlock()
	p.ready = ready
	if ready {
		p.line.count(p.client, 1)
	} else {
		p.line.count(p.client, -1)
	}
}

// Leave ends the place; served says that its photo has been diagnosed, not refused.
func (p *Place) Leave(served bool) {
	if p == nil || p.left {
		return
	}
	l := p.line
	l.mu.Lock()
	defer l.mu.Unlock()
	p.left = true
	if served && l.ready > l.cfg.Running {
		now := l.cfg.Now()
		if !l.last.IsZero() {
			took := min(max(now.Sub(l.last), 0), longest)
			l.gap += time.Duration(learnt * float64(took-l.gap))
		}
		l.last = now
	}
	if p.ready {
		l.count(p.client, -1)
	}
}
