package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
)

// Session runs operations for a command: by the running server, or on the
// database itself.
type Session struct {
	dataDir   string
	backupDir string
	remote    bool
	ops       *Ops
	data      *Data
}

// Open finds out whether a server runs on dataDir; when none does it opens the
// database with cfg. A server that is just starting or stopping holds the
// database without listening: Open waits for it for up to five seconds.
func Open(ctx context.Context, dataDir string, cfg store.Config) (*Session, error) {
	s := &Session{dataDir: dataDir, backupDir: cfg.BackupDir}
	for deadline := time.Now().Add(5 * time.Second); ; {
		err := call(ctx, dataDir, "status", nil, Sink{})
		if err == nil {
			s.remote = true
			return s, nil
		}
		if !errors.Is(err, ErrNoServer) {
			return nil, err
		}
		cfg.SelfRepair = false // a command repairs only when asked
		d, err := OpenData(dataDir, cfg, media.Config{Log: cfg.Log})
		if err == nil {
			s.data = d
			s.ops = &Ops{Store: d.Store, Media: d.Media, BackupDir: cfg.BackupDir}
			return s, nil
		}
		if !errors.Is(err, store.ErrLocked) {
			return nil, err
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("a server holds %s and has no socket for commands: stop it for this one: %w", dataDir, err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Verified waits until a database that was not closed in order is verified; waiting
// is called first where that has to be. Beside a server there is nothing to wait for.
func (s *Session) Verified(ctx context.Context, waiting func()) error {
	if s.data == nil {
		return nil
	}
	return s.data.Store.Verified(ctx, waiting)
}

// Running reports whether a server answers commands on dataDir.
func Running(ctx context.Context, dataDir string) bool {
	return call(ctx, dataDir, "status", nil, Sink{}) == nil
}

// Remote reports whether a running server does the work.
func (s *Session) Remote() bool { return s.remote }

// Close gives the database back. Idempotent.
func (s *Session) Close() error {
	if s.data == nil {
		return nil
	}
	return s.data.Close()
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

// Backup writes a backup into a folder.
func (s *Session) Backup(ctx context.Context, q BackupRequest, progress func(done, total int64)) (BackupResult, error) {
	q.Dir = absolute(q.Dir)
	return one[BackupResult](ctx, s, "backup", q, progress)
}

// Compare says what Restore with the same name would change.
func (s *Session) Compare(ctx context.Context, from string, progress func(done, total int64)) (store.Difference, error) {
	return one[store.Difference](ctx, s, "compare", restoreRequest{absolute(from), absolute(s.backupDir)}, progress)
}

// Restore puts a backup in the place of the database; an empty name means the
// newest one that passes its checks.
func (s *Session) Restore(ctx context.Context, from string, progress func(done, total int64)) (RestoreResult, error) {
	return one[RestoreResult](ctx, s, "restore", restoreRequest{absolute(from), absolute(s.backupDir)}, progress)
}

// absolute is a path as a server in another folder understands it.
func absolute(path string) string {
	if path == "" {
		return ""
	}
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

// Compact gives the database's free space back to the disk.
func (s *Session) Compact(ctx context.Context, progress func(done, total int64)) (store.Compacted, error) {
	return one[store.Compacted](ctx, s, "compact", nil, progress)
}

// Check reads the whole database; the error says what is wrong.
func (s *Session) Check(ctx context.Context, progress func(done, total int64)) (Checked, error) {
	return one[Checked](ctx, s, "check", nil, progress)
}

// Repair repairs the database; see store.
func (s *Session) Repair(ctx context.Context, progress func(done, total int64)) (store.Report, error) {
	return one[store.Report](ctx, s, "repair", nil, progress)
}

// Sweep removes photos that no record needs.
func (s *Session) Sweep(ctx context.Context, progress func(done, total int64)) (media.Swept, error) {
	return one[media.Swept](ctx, s, "sweep", nil, progress)
}

// Retain lets go of what is older or more than r allows.
func (s *Session) Retain(ctx context.Context, r store.Retention) (store.Retained, error) {
	return one[store.Retained](ctx, s, "retain", r, nil)
}
