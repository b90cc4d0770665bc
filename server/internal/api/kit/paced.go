package kit

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"mangosense/server/internal/budget"
)

// minRate is the slowest sender that is waited for, in bytes a second, over
// the last stallTimeout: a burst buys no silence.
const minRate = 2 << 10

// paced ends a sender that falls silent, is slower than minRate, or takes
// longer than the whole time for an upload; and one whose lease was ended
// because others waited.
type paced struct {
	call         *Call
	r            io.Reader
	lease        *budget.Lease
	start        time.Time
	last         time.Time     // when the last read ended
	waited       time.Duration // for the sender
	pace         budget.Pace
	stall, total time.Duration
}

// slowAfter is how long a body has to be waited for until its sender counts as slow:
// its photo needs no processor until all of it is here.
const slowAfter = 200 * time.Millisecond

func newPaced(c *Call, r io.Reader) *paced {
	now, stall := time.Now(), c.kit.StallTimeout
	p := &paced{call: c, r: r, lease: c.borrow(), start: now, last: now, pace: budget.NewPace(stall, now), stall: stall, total: c.kit.UploadTimeout}
	p.lease.Watch(p.lost)
	c.seat().Waiting(true)
	return p
}

// readAhead is what of a body may lie between the connection and its reader.
const readAhead = 16 << 10

// lost reports whether the sender has gone before the body's end.
func (p *paced) lost() bool {
	left := 1 // of a body in chunks, there is always one more
	if n := p.call.ContentLength(); n >= 0 {
		left = n - p.call.got - readAhead
	}
	return p.call.seat().Gone(left)
}

func (p *paced) Read(b []byte) (int, error) {
	n, err := p.read(b)
	p.call.got += n
	if err != nil {
		p.call.ended = p.call.ended || err == io.EOF
		p.call.place.Ready()
		p.call.seat().Waiting(false)
		p.call.broken = p.call.broken || err != io.EOF
	}
	return n, err
}

func (p *paced) read(b []byte) (int, error) {
	now := time.Now()
	if now.Sub(p.start) > p.total {
		return 0, fmt.Errorf("the upload took longer than %s", p.total)
	}
	if now.Sub(p.last) > time.Second { // it was us who did not read
		p.pace = budget.NewPace(p.stall, now)
	}
	if rate, known := p.pace.Rate(now); known && rate < minRate {
		return 0, fmt.Errorf("the upload is slower than %d bytes a second", minRate)
	}
	deadline := earlier(now.Add(p.stall), p.start.Add(p.total))
	if err := p.call.ctx.SetReadDeadline(deadline); err != nil {
		return 0, fmt.Errorf("cannot set the upload's deadline: %w", err)
	}
	if p.lease.Evicted() { // before the deadline was set, which has undone it
		return 0, budget.ErrEvicted
	}
	n, err := p.r.Read(b)
	p.last = time.Now()
	if p.waited += p.last.Sub(now); p.waited > slowAfter {
		p.call.place.Receiving()
	}
	p.pace.Add(p.last, n)
	p.lease.Moved(n)
	switch {
	case err == nil || err == io.EOF:
	case p.lease.Evicted():
		err = budget.ErrEvicted
	case !disconnected(err) && p.last.Before(deadline):
		err = fmt.Errorf("%w: %w", errNoBody, err)
	}
	return n, err
}

// errNoBody is what arrived in time but is no body: chunks without a size.
var errNoBody = errors.New("the body is malformed")

// disconnected reports whether an error is the body's end or the connection's.
func disconnected(err error) bool {
	var network net.Error
	return err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
