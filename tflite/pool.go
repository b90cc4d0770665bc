package tflite

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Another interpreter is made when callers have lately waited for one, together,
// for more than is bearable. Each takes as much memory as the model's largest
// layers: one that would only spare somebody a millisecond now and then is not
// worth it.
const (
	lately   = time.Second
	bearable = lately / 2
)

// pool lends interpreters, each to one caller at a time. Of its places one is
// filled by Open, the others as interpreters are missed.
type pool struct {
	build func() (*interpreter, error)
	maker chan struct{} // a token that whoever makes an interpreter holds
	free  chan struct{} // a token for each idle interpreter; capacity for all, so giving back never waits
	done  chan struct{} // closed when callers are turned away
	lent  atomic.Int32

	mu     sync.Mutex
	places int
	made   int            // idle and lent
	idle   []*interpreter // a stack: the one used last is in the processor's caches
	waited time.Duration  // by all callers, since began
	began  time.Time
}

func (p *pool) init(places int, build func() (*interpreter, error)) {
	p.places, p.build = places, build
	p.maker = make(chan struct{}, 1)
	p.free = make(chan struct{}, places)
	p.done = make(chan struct{})
}

// add fills a place.
func (p *pool) add(it *interpreter) {
	p.mu.Lock()
	p.made++
	p.mu.Unlock()
	p.push(it)
}

// take waits for an interpreter, until ctx ends or the pool closes.
func (p *pool) take(ctx context.Context) (*interpreter, error) {
	// Select picks at random among ready cases; these two go first.
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-p.done:
		return nil, ErrClosed
	default:
	}
	select {
	case <-p.free:
		return p.pop(), nil
	default:
	}
	start := time.Now()
	select {
	case <-p.free:
		it := p.pop()
		if now := time.Now(); p.missed(now, now.Sub(start)) {
			p.grow()
		}
		return it, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.done:
		return nil, ErrClosed
	}
}

// missed counts a wait, and says whether it is time for another interpreter.
func (p *pool) missed(now time.Time, wait time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.made == p.places {
		return false
	}
	if now.Sub(p.began) > lately {
		p.began, p.waited = now, 0
	}
	p.waited += wait
	if p.waited <= bearable {
		return false
	}
	p.waited = 0
	return true
}

// grow has one interpreter more made, unless one is being made already: beside
// the caller, whose photo need not wait for it.
func (p *pool) grow() {
	select {
	case p.maker <- struct{}{}:
	default:
		return
	}
	go func() {
		defer func() { <-p.maker }()
		select {
		case <-p.done:
			return
		default:
		}
		it, err := p.build()
		if err != nil {
			// The library has said why on standard error. Those there are must do.
			p.mu.Lock()
			p.places = p.made
			p.mu.Unlock()
			return
		}
		p.add(it)
	}()
}

// pop lends an interpreter to a caller that has taken a token.
func (p *pool) pop() *interpreter {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	it := p.idle[last]
	p.idle = p.idle[:last]
	p.lent.Add(1)
	return it
}

func (p *pool) giveBack(it *interpreter) {
	p.lent.Add(-1)
	p.push(it)
}

func (p *pool) push(it *interpreter) {
	p.mu.Lock()
	p.idle = append(p.idle, it)
	p.mu.Unlock()
	p.free <- struct{}{}
}

// count is how many interpreters there are.
func (p *pool) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.made
}

// close turns callers away, waits until every interpreter is back and frees
// them. It must be called once.
func (p *pool) close() {
	if p.done == nil {
		return // never filled
	}
	close(p.done)
	p.maker <- struct{}{} // none is being made any more
	for range p.made {
		<-p.free
	}
	for _, it := range p.idle {
		it.Close()
	}
}
