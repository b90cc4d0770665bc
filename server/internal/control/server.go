package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"mangosense/server/internal/listen"
)

// Server answers commands beside the running program.
type Server struct {
	ops    *Ops
	log    *slog.Logger
	path   string
	ln     net.Listener
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	once   sync.Once
}

// Serve listens on the socket in dataDir. The caller must hold the database
// (an open store), so that a socket which is there already is a dead one.
//
// Where the file system has no sockets the server it returns answers nothing, and
// the log says so.
func Serve(dataDir string, ops *Ops, log *slog.Logger) *Server {
	if log == nil {
		log = slog.Default()
	}
	s := &Server{ops: ops, log: log, path: filepath.Join(dataDir, SocketName)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	ln, err := listenOn(s.path)
	if err != nil {
		// Diagnoses and what was stored are worth more than commands.
		log.Warn("no command works beside this server: stop it for commands", "folder", dataDir, "error", err)
		return s
	}
	s.ln = listen.NewPatient(ln, "command", log)
	s.work.Go(s.accept)
	return s
}

// listenOn makes the socket. A file system may refuse it: one that is read-only,
// FAT, some of those that lie on another machine.
func listenOn(path string) (net.Listener, error) {
	if st, err := os.Lstat(path); err == nil {
		if st.Mode()&os.ModeSocket == 0 {
			return nil, fmt.Errorf("cannot listen on %s: a file that is not ours has this name", path)
		}
		_ = os.Remove(path)
	}
	addr, done, err := address(path)
	if err != nil {
		return nil, err
	}
	defer done()
	// The socket must never be reachable by others, not even for a moment.
	old := syscall.Umask(0o177)
	ln, err := net.Listen("unix", addr)
	syscall.Umask(old)
	if err != nil {
		return nil, fmt.Errorf("cannot listen for commands: %w", err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	return ln, nil
}

// Close ends the operations under way and removes the socket. Idempotent.
func (s *Server) Close() error {
	s.once.Do(func() {
		s.cancel()
		if s.ln == nil {
			return
		}
		_ = s.ln.Close()
		s.work.Wait()
		_ = os.Remove(s.path)
	})
	return nil
}

// questionTimeout is what an asker gets to say what it wants.
const questionTimeout = 20 * time.Second

// mostCommands is how many commands run at one time; others wait for a place.
const mostCommands = 16

func (s *Server) accept() {
	places := make(chan struct{}, mostCommands)
	for {
		select {
		case places <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
		conn, err := s.ln.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				s.log.Error("no command works beside this server any more", "error", err)
			}
			return
		}
		s.work.Go(func() {
			defer func() { <-places }()
			s.serve(conn)
		})
	}
}

func (s *Server) serve(conn net.Conn) {
	defer conn.Close()
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()

	in := bufio.NewReaderSize(conn, 1<<16)
	var q question
	_ = conn.SetReadDeadline(time.Now().Add(questionTimeout))
	if err := json.NewDecoder(in).Decode(&q); err != nil {
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	// The asker says nothing more: its end of file means that it went away.
	go func() {
		_, _ = in.ReadByte()
		cancel()
	}()
	out := json.NewEncoder(conn)
	var last time.Time
	sink := Sink{
		Line: func(line json.RawMessage) error { return out.Encode(frame{Line: line}) },
		Progress: func(done, total int64) {
			if now := time.Now(); now.Sub(last) > 50*time.Millisecond || done == total {
				last = now
				_ = out.Encode(frame{Progress: &[2]int64{done, total}})
			}
		},
	}
	begun := time.Now()
	err := caught(s.log, q.Op, func() error { return s.ops.Run(ctx, q.Op, q.Args, sink) })
	s.log.Info("command answered", "op", q.Op, "milliseconds", time.Since(begun).Milliseconds(), "error", err)
	if err != nil {
		_ = out.Encode(frame{Error: faultOf(err)})
		return
	}
	_ = out.Encode(frame{Done: true})
}
