package control

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// Session runs operations for a command: by the running server, or on the
// database itself.
type Session struct {
	dataDir string
	remote  bool
	ops     *Ops
}

// Open finds out whether a server runs on dataDir; when none does it opens the
// database with cfg. A server that is just starting or stopping holds the
// database without listening: Open waits for it for up to five seconds.
func Open(ctx context.Context, dataDir string, cfg store.Config) (*Session, error) {
	s := &Session{dataDir: dataDir}
	for deadline := time.Now().Add(5 * time.Second); ; {
		err := call(ctx, dataDir, "status", nil, Sink{})
		if err == nil {
			s.remote = true
			return s, nil
		}
		if !errors.Is(err, ErrNoServer) {
			return nil, err
		}
		st, err := store.Open(filepath.Join(dataDir, store.FileName), cfg)
		if err == nil {
			s.ops = &Ops{Store: st, BackupDir: cfg.BackupDir}
			return s, nil
		}
		if !errors.Is(err, store.ErrLocked) || time.Now().After(deadline) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Remote reports whether a running server does the work.
func (s *Session) Remote() bool { return s.remote }

// Close gives the database back. Idempotent.
func (s *Session) Close() error {
	if s.ops == nil {
		return nil
	}
	return s.ops.Store.Close()
}

func (s *Session) run(ctx context.Context, op string, args any, sink Sink) error {
	if s.remote {
		return call(ctx, s.dataDir, op, args, sink)
	}
	body, err := json.Marshal(args)
	if err != nil {
		return err
	}
	return s.ops.Run(ctx, op, body, sink)
}

// one runs an operation that answers with one line.
func one[T any](ctx context.Context, s *Session, op string, args any, progress func(done, total int64)) (T, error) {
	var v T
	err := s.run(ctx, op, args, Sink{Progress: progress, Line: func(line json.RawMessage) error {
		return json.Unmarshal(line, &v)
	}})
	return v, err
}

// Export gives every record, newest first, as one JSON object each.
func (s *Session) Export(ctx context.Context, line func(json.RawMessage) error, progress func(done, total int64)) error {
	return s.run(ctx, "export", nil, Sink{Line: line, Progress: progress})
}

// AddUser stores an account; u.Password is its hash.
func (s *Session) AddUser(ctx context.Context, u mango.User) (mango.User, error) {
	return one[mango.User](ctx, s, "user add", u, nil)
}

// ListUsers gives every account, newest first, without passwords.
func (s *Session) ListUsers(ctx context.Context, each func(mango.UserRow) error) error {
	return s.run(ctx, "user list", nil, Sink{Line: func(line json.RawMessage) error {
		var u mango.UserRow
		if err := json.Unmarshal(line, &u); err != nil {
			return err
		}
		return each(u)
	}})
}

// ChangeUser changes the account with this username (password hash, disabled,
// admin …).
func (s *Session) ChangeUser(ctx context.Context, username string, c mango.UserChange) (mango.User, error) {
	return one[mango.User](ctx, s, "user change", userChange{username, c}, nil)
}

// DeleteUser removes an account with all of its data.
func (s *Session) DeleteUser(ctx context.Context, username string) error {
	return s.run(ctx, "user delete", username, Sink{})
}

// Status is how the store is.
func (s *Session) Status(ctx context.Context) (mango.StoreHealth, error) {
	return one[mango.StoreHealth](ctx, s, "status", nil, nil)
}
