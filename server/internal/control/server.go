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

	"mangosense/server/internal/disk"
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
func Serve(dataDir string, ops *Ops, log *slog.Logger) (*Server, error) {
	if log == nil {
		log = slog.Default()
	}
	path := filepath.Join(dataDir, SocketName)
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
	s := &Server{ops: ops, log: log, path: path, ln: ln}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if err != nil && errors.Is(disk.Writable(dataDir), syscall.EROFS) {
		// Diagnoses and what was stored are worth more than commands.
		log.Warn("the disk is read-only: no command works beside this server", "folder", dataDir)
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen for commands: %w", err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	s.work.Go(s.accept)
	return s, nil
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

func (s *Server) accept() {
	for {
		conn, err := s.ln.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) || s.ctx.Err() != nil {
				return
			}
			s.log.Error("cannot accept a command", "error", err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		s.work.Go(func() { s.serve(conn) })
	}
}

func (s *Server) serve(conn net.Conn) {
	defer conn.Close()
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()

	in := bufio.NewReaderSize(conn, 1<<16)
	var q question
	if err := json.NewDecoder(in).Decode(&q); err != nil {
		return
	}
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
	err := s.ops.Run(ctx, q.Op, q.Args, sink)
	s.log.Info("command answered", "op", q.Op, "milliseconds", time.Since(begun).Milliseconds(), "error", err)
	if err != nil {
		_ = out.Encode(frame{Error: faultOf(err)})
		return
	}
	_ = out.Encode(frame{Done: true})
}
