package control_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/control"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
)

var ctx = context.Background()

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// everyCommand does the same with and without a server.
func everyCommand(t *testing.T, dataDir string, remote bool) {
	t.Helper()
	s, err := control.Open(ctx, dataDir, store.Config{Log: quiet(), BackupDir: filepath.Join(dataDir, "backups")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Remote() != remote {
		t.Errorf("remote %v", s.Remote())
	}
	name := map[bool]string{true: "remote", false: "local"}[remote]
	u, err := s.AddUser(ctx, mango.User{Username: name, Email: name + "@farm.example", Password: "$argon2id$x", Admin: true})
	if err != nil || u.ID == 0 || u.Password != "" {
		t.Errorf("add user: %+v, %v", u, err)
	}
	if _, err := s.AddUser(ctx, mango.User{Username: name}); mango.CodeOf(err) != mango.Conflict {
		t.Errorf("add user again: %v", err)
	}
	if u, err := s.ChangeUser(ctx, name, mango.UserChange{Disabled: new(bool)}); err != nil || u.Disabled {
		t.Errorf("change user: %v", err)
	}
	users := 0
	if err := s.ListUsers(ctx, func(mango.UserRow) error { users++; return nil }); err != nil || users == 0 {
		t.Errorf("list users: %d, %v", users, err)
	}
	lines := 0
	if err := s.Export(ctx, func(line json.RawMessage) error {
		var e control.Export
		if err := json.Unmarshal(line, &e); err != nil || e.ID == 0 || e.Probabilities["Healthy"] != 0.25 {
			t.Errorf("export: %s, %v", line, err)
		}
		lines++
		return nil
	}, nil); err != nil || lines != 3 {
		t.Errorf("export: %d lines, %v", lines, err)
	}
	b, err := s.Backup(ctx, control.BackupRequest{Dir: filepath.Join(dataDir, "backups"), Photos: true}, nil)
	if err != nil || b.Records != 3 {
		t.Errorf("backup: %+v, %v", b, err)
	}
	if photos, _ := filepath.Glob(filepath.Join(dataDir, "backups", "media", "mango_images", "*", "*.jpg")); len(photos) != 1 {
		t.Errorf("photos in the backup: %v", photos)
	}
	for op, run := range map[string]func(progress func(done, total int64)) error{
		"compact": func(p func(done, total int64)) error { _, err := s.Compact(ctx, p); return err },
		"check":   func(p func(done, total int64)) error { _, err := s.Check(ctx, p); return err },
	} {
		var last, whole int64
		err := run(func(done, total int64) {
			if done < last {
				t.Errorf("%s goes back from %d to %d", op, last, done)
			}
			last, whole = done, total
		})
		if err != nil || whole == 0 || last != whole {
			t.Errorf("%s: told of %d of %d, %v", op, last, whole, err)
		}
	}
	if r, err := s.Repair(ctx, nil); err != nil || !r.Whole() {
		t.Errorf("repair: %+v, %v", r, err)
	}
	if r, err := s.Restore(ctx, "", nil); err != nil || r.From != b.Path {
		t.Errorf("restore: %+v, %v", r, err)
	}
	if _, err := s.Sweep(ctx, nil); err != nil {
		t.Error(err)
	}
	if _, err := s.Retain(ctx, store.Retention{}); err != nil {
		t.Error(err)
	}
	if h, err := s.Status(ctx); err != nil || h.Records != 3 {
		t.Errorf("status: %+v, %v", h, err)
	}
	if err := s.DeleteUser(ctx, name); err != nil {
		t.Error(err)
	}
}

func TestCommandsWithAndWithoutServer(t *testing.T) {
	// A path longer than a socket's address can hold.
	dataDir := filepath.Join(t.TempDir(), strings.Repeat("orchard/", 14))
	data := open(t, dataDir)
	photo := []byte("a photo")
	sum := sha256.Sum256(photo)
	for range 3 {
		hold, err := data.Media.PutPhoto(ctx, sum, "jpeg", func(w io.Writer) error { _, err := w.Write(photo); return err })
		if err != nil {
			t.Fatal(err)
		}
		r := &mango.Record{Kind: mango.Leaf, Disease: "Healthy", Photo: mango.Photo{SHA256: sum, Format: "jpeg"}, Media: hold.Name(),
			MediaBytes: hold.Size(), Probabilities: []mango.Class{{Disease: "Healthy", Probability: 0.25}}}
		if _, err := data.Store.AddRecord(ctx, mango.System, r); err != nil {
			t.Fatal(err)
		}
		_ = hold.Close()
	}
	server := control.Serve(dataDir, &control.Ops{Store: data.Store, Media: data.Media, BackupDir: filepath.Join(dataDir, "backups")}, quiet())
	if st, err := os.Stat(filepath.Join(dataDir, control.SocketName)); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v, %v", st.Mode(), err)
	}
	everyCommand(t, dataDir, true)
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if err := data.Close(); err != nil {
		t.Error(err)
	}
	everyCommand(t, dataDir, false)
}

// Where no socket can be made the server goes on without one, and says so.
func TestNoSocket(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, dataDir string){
		"a foreign file": func(t *testing.T, dataDir string) {
			if err := os.WriteFile(filepath.Join(dataDir, control.SocketName), []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"a folder that is not there": func(t *testing.T, dataDir string) {
			if err := os.Remove(dataDir); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dataDir := filepath.Join(t.TempDir(), "data")
			if err := os.Mkdir(dataDir, 0o700); err != nil {
				t.Fatal(err)
			}
			prepare(t, dataDir)
			var log bytes.Buffer
			s := control.Serve(dataDir, &control.Ops{}, slog.New(slog.NewTextHandler(&log, nil)))
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if !strings.Contains(log.String(), "no command works beside this server") {
				t.Errorf("logged %q", log.String())
			}
			if b, err := os.ReadFile(filepath.Join(dataDir, control.SocketName)); err == nil && string(b) != "mine" {
				t.Error("a foreign file was replaced")
			}
		})
	}
}

func open(t *testing.T, dataDir string) *control.Data {
	t.Helper()
	d, err := control.OpenData(dataDir, store.Config{Log: quiet()}, media.Config{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The photo of two records goes with the second of them.
func TestPhotoGoesWithItsLastRecord(t *testing.T) {
	d := open(t, t.TempDir())
	defer d.Close()
	photo := bytes.Repeat([]byte("leaf"), 1000)
	sum := sha256.Sum256(photo)
	var ids []uint64
	var name string
	for range 2 {
		hold, err := d.Media.PutPhoto(ctx, sum, "png", func(w io.Writer) error { _, err := w.Write(photo); return err })
		if err != nil {
			t.Fatal(err)
		}
		name = hold.Name()
		r := &mango.Record{Photo: mango.Photo{SHA256: sum, Format: "png"}, Media: name, MediaBytes: hold.Size()}
		if _, err := d.Store.AddRecord(ctx, mango.System, r); err != nil {
			t.Fatal(err)
		}
		_ = hold.Close()
		ids = append(ids, r.ID)
	}
	there := func() bool {
		f, err := d.Media.OpenPhoto(name)
		if err == nil {
			_ = f.Close()
		}
		return err == nil
	}
	if err := d.Store.DeleteRecords(ctx, mango.System, ids[:1]); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	if !there() {
		t.Error("the photo went with the first record")
	}
	if err := d.Store.DeleteRecords(ctx, mango.System, ids[1:]); err != nil {
		t.Fatal(err)
	}
	for i := 0; there(); i++ {
		if i > 200 {
			t.Fatal("the photo stays")
		}
		time.Sleep(10 * time.Millisecond)
	}
}
