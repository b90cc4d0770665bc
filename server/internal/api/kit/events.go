package kit

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"mangosense/server/internal/budget"
)

// eventBytes is what an open stream of events is charged with: its buffers and
// the connection's.
const eventBytes = 32 << 10

// Hold charges n bytes to the request's client until the request ends; without
// memory for them the error is the answer.
func (c *Call) Hold(n int64) error {
	patience, cancel := context.WithTimeout(c.kit.life, c.kit.waits())
	defer cancel()
	if err := c.borrow().Grow(patience, n); err != nil {
		return tooBusy(err)
	}
	return nil
}

// Events answers with server-sent events: what next gives, now and whenever
// tick says so. The stream ends, without an error that a client would see, when
// next fails, done is closed or the client is gone; closed is then called. It is
// charged to its client as an answer is.
func (c *Call) Events(tick <-chan time.Time, done <-chan struct{}, next func() ([]byte, error), closed func()) error {
	lease := c.answerLease()
	patience, cancel := context.WithTimeout(c.kit.life, c.kit.waits())
	defer cancel()
	if err := lease.Grow(patience, eventBytes); err != nil {
		lease.Close()
		closed()
		return tooBusy(err)
	}
	c.SetHeader("Cache-Control", "no-store")
	c.SetHeader("X-Accel-Buffering", "no") // a proxy must not gather them
	c.ctx.SetContentType("text/event-stream")
	if c.ctx.IsHead() {
		lease.Close()
		closed()
		return nil
	}
	c.ctx.SetBodyStream(&events{tick: tick, done: done, next: next, closed: closed, lease: lease, conn: c.ctx.Conn(), first: true}, -1)
	return nil
}

type events struct {
	tick   <-chan time.Time
	done   <-chan struct{}
	next   func() ([]byte, error)
	closed func()
	lease  *budget.Lease
	conn   net.Conn
	first  bool
	left   []byte
}

func (e *events) Read(p []byte) (int, error) {
	if len(e.left) == 0 {
		select {
		case <-e.done:
			return 0, io.EOF
		default:
		}
		if !e.first {
			select {
			case <-e.tick:
			case <-e.done:
				return 0, io.EOF
			}
		}
		e.first = false
		text, err := e.next()
		if err != nil {
			return 0, io.EOF // whoever may not listen any more hears nothing
		}
		if err := e.conn.SetWriteDeadline(time.Now().Add(WriteTimeout)); err != nil {
			return 0, fmt.Errorf("cannot give a listener more time: %w", err)
		}
		e.left = append(append([]byte("data: "), text...), '\n', '\n')
	}
	n := copy(p, e.left)
	e.left = e.left[n:]
	e.lease.Moved(n)
	e.lease.Settle()
	return n, nil
}

// Close gives back what the stream holds; the connection's end calls it too.
func (e *events) Close() error {
	if e.closed != nil {
		e.lease.Close()
		e.closed()
		e.closed = nil
	}
	return nil
}
