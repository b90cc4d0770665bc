package tflite

import (
	"context"
	"sync/atomic"
)

// pool lends a fixed number of interpreters, each to one caller at a time.
type pool struct {
	all  []*interpreter
	free chan *interpreter // has room for all, so giving back never waits
	done chan struct{}     // closed when nothing is lent any more
	lent atomic.Int32
}

func (p *pool) init(n int) {
	p.free = make(chan *interpreter, n)
	p.done = make(chan struct{})
}

func (p *pool) add(it *interpreter) {
	p.all = append(p.all, it)
	p.free <- it
}

// take waits for an interpreter, until ctx ends or the pool closes.
func (p *pool) take(ctx context.Context) (*interpreter, error) {
	// When several are ready, select throws dice; these two go first.
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-p.done:
		return nil, ErrClosed
	default:
	}
	select {
	case it := <-p.free:
		p.lent.Add(1)
		return it, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.done:
		return nil, ErrClosed
	}
}

func (p *pool) giveBack(it *interpreter) {
	p.lent.Add(-1)
	p.free <- it
}

// close turns callers away, waits until every interpreter is back and frees
// them. It must be called once.
func (p *pool) close() {
	if p.done == nil {
		return // never filled
	}
	close(p.done)
	for range p.all {
		(<-p.free).Close()
	}
}
