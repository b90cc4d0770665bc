package listen

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"
)

const (
	// firstWait and longestWait bound the pause after a failed accept; each is
	// twice the one before.
	firstWait   = 5 * time.Millisecond
	longestWait = time.Second
	// logEvery is how often failed accepts are logged at most.
	logEvery = time.Second
)

// Patient is a listener whose Accept fails only when it is closed, or can never
// accept again.
type Patient struct {
	net.Listener
	log  *slog.Logger
	what string // is accepted, for the log
	// relieve gives up something that may be in the way of the next accept. nil:
	// there never is any.
	relieve func()

	closing sync.Once
	closed  chan struct{}
	failure error

	logged time.Time // of Accept alone, like missed
	missed int       // failures since
}

// NewPatient takes a listener over: closing it is the Patient's. what names in
// the log what is accepted. Accept must be called by one goroutine.
func NewPatient(ln net.Listener, what string, log *slog.Logger) *Patient {
	return &Patient{Listener: ln, what: what, log: log, closed: make(chan struct{})}
}

// Accept waits for the next connection.
func (p *Patient) Accept() (net.Conn, error) {
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		c, err := p.Listener.Accept()
		if err == nil {
			return c, nil
		}
		select {
		case <-p.closed:
			return nil, net.ErrClosed
		default:
		}
		if final(err) {
			return nil, err
		}
		p.report(err)
		if p.relieve != nil && shortage(err) {
			p.relieve() // what is given up is free in a moment
		}
		select {
		case <-p.closed:
			return nil, net.ErrClosed
		case <-time.After(wait):
		}
	}
}

// Close ends a waiting Accept, too. It may be called again.
func (p *Patient) Close() error {
	p.closing.Do(func() {
		close(p.closed)
		p.failure = p.Listener.Close()
	})
	return p.failure
}

// final says whether a listener with this error can never accept again.
func final(err error) bool {
	for _, e := range []error{net.ErrClosed, io.EOF, syscall.EBADF, syscall.EINVAL, syscall.ENOTSOCK, syscall.EOPNOTSUPP, syscall.EFAULT} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// shortage says whether an accept failed for want of something that connections
// hold.
func shortage(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// report logs a failure, but no more than one line a second.
func (p *Patient) report(err error) {
	p.missed++
	if now := time.Now(); p.logged.IsZero() || now.Sub(p.logged) >= logEvery || now.Before(p.logged) {
		p.log.Error("cannot accept a "+p.what+", going on", "error", err, "failures", p.missed)
		p.logged, p.missed = now, 0
	}
}
