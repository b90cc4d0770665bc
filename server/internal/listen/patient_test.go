package listen_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"mangosense/server/internal/listen"
)

// script is a listener whose Accept does what its list says, and then waits for
// its end.
type script struct {
	mu     sync.Mutex
	steps  []any // error or net.Conn
	always error // once the steps are over
	closed chan struct{}
}

func newScript(steps ...any) *script { return &script{steps: steps, closed: make(chan struct{})} }

func (s *script) Accept() (net.Conn, error) {
	s.mu.Lock()
	if len(s.steps) > 0 {
		step := s.steps[0]
		s.steps = s.steps[1:]
		s.mu.Unlock()
		if err, ok := step.(error); ok {
			return nil, err
		}
		return step.(net.Conn), nil
	}
	s.mu.Unlock()
	if s.always != nil {
		return nil, s.always
	}
	<-s.closed
	return nil, net.ErrClosed
}

func (s *script) Close() error   { close(s.closed); return nil }
func (s *script) Addr() net.Addr { return &net.TCPAddr{} }

func accept4(e syscall.Errno) error {
	return &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", e)}
}

// What passes is waited for; what does not is told.
func TestAcceptSurvives(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		ends bool
	}{
		"EMFILE":             {accept4(syscall.EMFILE), false},
		"ENFILE":             {accept4(syscall.ENFILE), false},
		"ENOBUFS":            {accept4(syscall.ENOBUFS), false},
		"ENOMEM":             {accept4(syscall.ENOMEM), false},
		"EPROTO":             {accept4(syscall.EPROTO), false},
		"EPERM":              {accept4(syscall.EPERM), false},
		"ECONNABORTED":       {accept4(syscall.ECONNABORTED), false},
		"ECONNRESET":         {accept4(syscall.ECONNRESET), false},
		"EINTR":              {accept4(syscall.EINTR), false},
		"EAGAIN":             {accept4(syscall.EAGAIN), false},
		"ENETDOWN":           {accept4(syscall.ENETDOWN), false},
		"EHOSTUNREACH":       {accept4(syscall.EHOSTUNREACH), false},
		"ENOSR":              {accept4(syscall.ENOSR), false},
		"ETIMEDOUT":          {accept4(syscall.ETIMEDOUT), false},
		"a deadline":         {os.ErrDeadlineExceeded, false},
		"an unknown error":   {errors.New("solar wind"), false},
		"EBADF":              {accept4(syscall.EBADF), true},
		"EINVAL":             {accept4(syscall.EINVAL), true},
		"ENOTSOCK":           {accept4(syscall.ENOTSOCK), true},
		"EOPNOTSUPP":         {accept4(syscall.EOPNOTSUPP), true},
		"the listener's end": {net.ErrClosed, true},
		"an end of file":     {io.EOF, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe()
				defer near.Close()
				defer far.Close()
				p := listen.NewPatient(newScript(c.err, c.err, near), "connection", slog.New(slog.DiscardHandler))
				defer p.Close()
				conn, err := p.Accept()
				switch {
				case c.ends && !errors.Is(err, c.err):
					t.Errorf("%v, %v; want the error", conn, err)
				case !c.ends && (err != nil || conn != near):
					t.Errorf("%v, %v; want the connection", conn, err)
				}
			})
		})
	}
}

// A minute of failures makes sixty lines and some thousand tries at most, and
// Close ends the wait at once.
func TestAcceptWaitsAndLogsSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		ln := newScript()
		ln.always = accept4(syscall.EMFILE)
		tries := 0
		p := listen.NewPatient(counted{ln, &tries}, "connection", slog.New(slog.NewTextHandler(&log, nil)))
		ended := make(chan error)
		go func() {
			_, err := p.Accept()
			ended <- err
		}()
		time.Sleep(time.Minute)
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("ended with %v", err)
		}
		if lines := strings.Count(log.String(), "\n"); lines < 30 || lines > 61 {
			t.Errorf("%d lines in a minute", lines)
		}
		if tries < 60 || tries > 80 {
			t.Errorf("%d tries in a minute", tries)
		}
		if err := p.Close(); err != nil {
			t.Error("closed again: ", err)
		}
	})
}

type counted struct {
	net.Listener
	tries *int
}

func (c counted) Accept() (net.Conn, error) { *c.tries++; return c.Listener.Accept() }
