package kit

import (
	"context"
	"io"

	"mangosense/server/internal/budget"
)

const (
	// smallAnswer is what an answer may hold until it is read without being
	// charged: about as much as the connection itself.
	smallAnswer = 64 << 10
	// answerPiece is how much is handed to the connection at once.
	answerPiece = 32 << 10
	// answersWaiting is how many answers, which are made and not yet charged, may
	// wait for memory at one time.
	answersWaiting = 16
)

// HoldAnswer charges a large answer to its client until it is read: many of
// them, left unread, would else hold what nobody counts. Without memory for it
// the answer is that there is none.
func (c *Call) HoldAnswer() {
	if c.static || c.ctx.Response.IsBodyStream() || c.ctx.IsHead() || len(c.ctx.Response.Body()) <= smallAnswer {
		return
	}
	lease := c.answerLease()
	seat := c.seat()
	lease.Watch(func() bool { return seat.Gone(0) })
	patience, cancel := context.WithTimeout(c.kit.life, c.kit.waits())
	defer cancel()
	if err := c.kit.chargeAnswer(patience, lease, int64(len(c.ctx.Response.Body()))); err != nil {
		c.ctx.Response.ResetBody()
		lease.Close()
		Refuse(c.ctx, tooBusy(err))
		return
	}
	body := c.ctx.Response.SwapBody(nil)
	c.ctx.Response.SetBodyStream(&answer{left: body, lease: lease}, len(body))
}

// answerLease is in the client's name; the connection ends when it is evicted.
func (c *Call) answerLease() *budget.Lease {
	conn := c.ctx.Conn()
	return c.kit.memory.Lease(func() { go conn.Close() }, c.clientKeys()...) // over TLS a close may wait
}

// chargeAnswer charges at once, or waits if few others do.
func (k *Kit) chargeAnswer(ctx context.Context, lease *budget.Lease, n int64) error {
	now, cancel := context.WithCancel(ctx)
	cancel()
	err := lease.Grow(now, n)
	if err == nil {
		return nil
	}
	select {
	case k.answers <- struct{}{}:
		defer func() { <-k.answers }()
		return lease.Grow(ctx, n)
	default:
		return err
	}
}

// answer is a body on its way out.
type answer struct {
	left  []byte
	lease *budget.Lease
}

func (a *answer) Read(p []byte) (int, error) {
	if len(a.left) == 0 {
		return 0, io.EOF
	}
	n := copy(p, a.left)
	a.left = a.left[n:]
	a.lease.Moved(n)
	return n, nil
}

// WriteTo hands the answer over in pieces, so that its progress is seen.
func (a *answer) WriteTo(w io.Writer) (total int64, err error) {
	for len(a.left) > 0 {
		n, err := w.Write(a.left[:min(len(a.left), answerPiece)])
		total += int64(n)
		a.left = a.left[n:]
		a.lease.Moved(n)
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// Close gives the memory back; the connection's end calls it too.
func (a *answer) Close() error {
	a.left = nil
	a.lease.Close()
	return nil
}

// AnswerBytes is an answer's length for the log, −1 for one that is made while
// it is sent. To ask a stream for its body would read all of it.
func (c *Call) AnswerBytes() int {
	if c.ctx.Response.IsBodyStream() {
		return c.ctx.Response.Header.ContentLength()
	}
	return len(c.ctx.Response.Body())
}
