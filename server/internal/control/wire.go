package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"mangosense/server/internal/disk"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// SocketName is the socket's name in DATA_DIR.
const SocketName = "control.sock"

// ErrNoServer: no server listens on the socket.
var ErrNoServer = errors.New("no server is running on this data folder")

const longestFrame = 4 << 20 // bytes of one line on the wire

// A call is one line of JSON; the answer is lines until done or error.
type question struct {
	Op   string          `json:"op"`
	Args json.RawMessage `json:"args,omitempty"`
}

type frame struct {
	Line     json.RawMessage `json:"line,omitempty"`
	Progress *[2]int64       `json:"progress,omitempty"`
	Done     bool            `json:"done,omitempty"`
	Error    *fault          `json:"error,omitempty"`
}

type fault struct {
	Code   mango.Code `json:"code"`
	Public string     `json:"public"`
	Fields []string   `json:"fields,omitempty"`
	Cause  string     `json:"cause"` // in words for whoever typed the command
	// Damaged: the cause is store.ErrDamaged, which repair is for.
	Damaged bool `json:"damaged,omitempty"`
}

func faultOf(err error) *fault {
	f := &fault{Code: mango.CodeOf(err), Cause: Reason(err), Damaged: errors.Is(err, store.ErrDamaged)}
	var e *mango.Error
	if errors.As(err, &e) {
		f.Public, f.Fields = e.Public, e.Fields
	}
	return f
}

func (f *fault) error() error {
	is := []error{&mango.Error{Code: f.Code, Public: f.Public, Fields: f.Fields}}
	if f.Damaged {
		is = append(is, store.ErrDamaged)
	}
	return &remote{is, f.Cause}
}

// remote is an error of the running server; its text is the server's Reason.
type remote struct {
	is   []error
	text string
}

func (r *remote) Error() string   { return r.text }
func (r *remote) Unwrap() []error { return r.is }

// Reason is an error for whoever typed the command: without codes, and with what
// permission is missing (disk.Denied), on the side that lacks it.
func Reason(err error) string {
	text := forOperator(err)
	if why := disk.Denied(err); why != "" {
		text += " (" + why + ")"
	}
	return text
}

// Sink takes what an operation gives while it runs. Either may be nil.
type Sink struct {
	Line     func(json.RawMessage) error
	Progress func(done, total int64)
}

func (s Sink) line(v any) error {
	if s.Line == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("cannot write line: %w", err)
	}
	return s.Line(b)
}

func (s Sink) progress(done, total int64) {
	if s.Progress != nil {
		s.Progress(done, total)
	}
}

// address is a path that fits into a socket's address, which holds 107 bytes:
// a longer one is reached through the open folder.
func address(path string) (string, func(), error) {
	if len(path) < 100 {
		return path, func() {}, nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, fmt.Errorf("cannot open data folder: %w", err)
	}
	return "/proc/self/fd/" + strconv.Itoa(int(dir.Fd())) + "/" + filepath.Base(path), func() { _ = dir.Close() }, nil
}

// call asks a running server; ErrNoServer when there is none.
func call(ctx context.Context, dataDir, op string, args any, sink Sink) error {
	addr, done, err := address(filepath.Join(dataDir, SocketName))
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoServer
	}
	if err != nil {
		return err
	}
	defer done()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", addr)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return ErrNoServer
	}
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			err = &fs.PathError{Op: "connect", Path: filepath.Join(dataDir, SocketName), Err: err}
		}
		return fmt.Errorf("cannot reach the running server: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()

	body, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("cannot ask the running server: %w", err)
	}
	if err := json.NewEncoder(conn).Encode(question{Op: op, Args: body}); err != nil {
		return fmt.Errorf("cannot ask the running server: %w", err)
	}
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, longestFrame)
	for lines.Scan() {
		var f frame
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			return fmt.Errorf("cannot read the server's answer: %w", err)
		}
		switch {
		case f.Error != nil:
			return f.Error.error()
		case f.Done:
			return nil
		case f.Progress != nil:
			sink.progress(f.Progress[0], f.Progress[1])
		case f.Line != nil && sink.Line != nil:
			if err := sink.Line(f.Line); err != nil {
				return err
			}
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("cannot read the server's answer: %w", err)
	}
	return errors.New("the server ended before it had answered")
}
