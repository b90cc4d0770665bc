package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// fill stores n records of two users and returns what is stored.
func fill(t testing.TB, s *store.Store, n int) map[uint64]*mango.Record {
	t.Helper()
	all := map[uint64]*mango.Record{}
	var wg sync.WaitGroup
	var mu sync.Mutex
	u := &mango.User{Username: "lito", Email: "lito@farm.example", Password: "$argon2id$x"}
	if _, err := s.AddUser(ctx, mango.System, u); err != nil && mango.CodeOf(err) != mango.Conflict {
		t.Fatal(err)
	}
	for g := range 8 {
		wg.Go(func() {
			for i := range n / 8 {
				r := realistic(g*1000 + i)
				r.User = u.ID * uint64(i%2)
				if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				all[r.ID] = r
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return all
}

func same(t testing.TB, s *store.Store, want map[uint64]*mango.Record) {
	t.Helper()
	n := 0
	if err := s.EachRecord(ctx, mango.System, mango.RecordFilter{}, func(r *mango.Record) error {
		n++
		if !reflect.DeepEqual(r, want[r.ID]) {
			t.Errorf("record %d differs\ngot  %+v\nwant %+v", r.ID, r, want[r.ID])
			return errors.New("differs")
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if n != len(want) {
		t.Errorf("%d records, want %d", n, len(want))
	}
}

func TestBackupIsWholeAndRotates(t *testing.T) {
	s := openStore(t, store.Config{})
	dir := filepath.Join(t.TempDir(), "backups")
	want := fill(t, s, 80)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	stranger := filepath.Join(dir, "mangosense-notes.db")
	if err := os.WriteFile(stranger, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	var last store.Backup
	for range 4 {
		b, err := s.Backup(ctx, dir, 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b.Records != len(want) {
			t.Errorf("backup has %d records", b.Records)
		}
		last = b
	}
	all, err := store.Backups(dir)
	if err != nil || len(all) != 2 || all[0].Path != last.Path {
		t.Errorf("backups: %v, %v", all, err)
	}
	for _, b := range all {
		if st, err := os.Stat(b.Path); err != nil || b.Bytes != st.Size() {
			t.Errorf("%s is listed with %d bytes: %v", b.Path, b.Bytes, err)
		}
	}
	for what, none := range map[string]string{"no folder": filepath.Join(dir, "none"), "what is no folder": stranger} {
		if all, err := store.Backups(none); all != nil || (err != nil) != (none == stranger) {
			t.Errorf("%s lists %v, %v", what, all, err)
		}
	}
	if _, err := os.Stat(stranger); err != nil {
		t.Errorf("a foreign file: %v", err)
	}
	// What is stored after the backup is gone after restoring it.
	if _, err := s.AddRecord(ctx, mango.System, realistic(99)); err != nil {
		t.Fatal(err)
	}
	aside, err := s.Restore(ctx, last.Path, nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, s, want)
	checkFile(t, aside)
}

func TestBackupThatIsDamagedIsNotRestored(t *testing.T) {
	s := openStore(t, store.Config{})
	want := fill(t, s, 40)
	dir := t.TempDir()
	b, err := s.Backup(ctx, dir, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	scribble(t, b.Path, 6, 30)
	if _, err := s.Restore(ctx, b.Path, nil); err == nil {
		t.Error("restored a damaged backup")
	}
	if _, err := store.LatestBackup(dir, store.Config{Log: quiet()}); !errors.Is(err, store.ErrNoBackup) {
		t.Errorf("latest backup: %v", err)
	}
	same(t, s, want)
}

// scribble overwrites pages from..to.
func scribble(t testing.TB, path string, from, to int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, _ := f.Stat()
	noise := make([]byte, 4096)
	for i := range noise {
		noise[i] = byte(i * 7)
	}
	for p := from; p < to && p*4096 < st.Size(); p++ {
		if _, err := f.WriteAt(noise, p*4096); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCompactWhileWriting(t *testing.T) {
	s := openStore(t, store.Config{})
	want := fill(t, s, 400)
	var gone []uint64
	for id := range want {
		if len(gone) < 300 {
			gone = append(gone, id)
		}
	}
	if err := s.DeleteRecords(ctx, mango.System, gone); err != nil {
		t.Fatal(err)
	}
	for _, id := range gone {
		delete(want, id)
	}
	stop, done := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			r := realistic(5000 + i)
			if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			want[r.ID] = r
			mu.Unlock()
		}
	}()
	for range 3 {
		c, err := s.Compact(ctx, nil)
		if err != nil {
			t.Error(err)
		}
		t.Logf("%d → %d bytes, writes paused %v of %v", c.Before, c.After, c.Paused, c.Took)
	}
	close(stop)
	<-done
	same(t, s, want)
	r := realistic(9999)
	if _, err := s.AddRecord(ctx, mango.System, r); err != nil || want[r.ID] != nil {
		t.Errorf("an id was used again: %d, %v", r.ID, err)
	}
}

func TestRepairFindsWhatDamagedPagesHeld(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, store.FileName)
	backups := filepath.Join(dir, "backups")
	s, err := store.Open(path, store.Config{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	want := fill(t, s, 800)
	if _, err := s.Backup(ctx, backups, 0, nil); err != nil {
		t.Fatal(err)
	}
	late := realistic(7777)
	if _, err := s.AddRecord(ctx, mango.System, late); err != nil {
		t.Fatal(err)
	}
	want[late.ID] = late
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	scribble(t, path, 20, 60)
	if _, err := store.Open(path, store.Config{Log: quiet()}); !errors.Is(err, store.ErrDamaged) {
		t.Fatalf("a damaged file opens: %v", err)
	}
	// A server goes on without it; asked, it mends it.
	s, err = store.OpenAnyway(path, store.Config{Log: quiet(), BackupDir: backups})
	if err != nil {
		t.Fatal(err)
	}
	if h := s.Health(); h.State != mango.StoreIsDown || !strings.Contains(h.Sentence, "repair") {
		t.Errorf("health: %+v", h)
	}
	if _, err := s.AddRecord(ctx, mango.System, realistic(1)); mango.CodeOf(err) != mango.StoreDown {
		t.Errorf("add while down: %v", err)
	}
	r, err := s.Repair(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", r)
	if r.LostPages == 0 || r.PutAside == "" || r.FromBackup+r.Loose == 0 {
		t.Errorf("report: %+v", r)
	}
	if st, err := os.Stat(r.PutAside); err != nil || st.Size() == 0 {
		t.Errorf("put aside: %v", err)
	}
	n, _ := s.CountRecords(ctx)
	if n < len(want)-2 {
		t.Errorf("%d of %d records after the repair", n, len(want))
	}
	closeAndCheck(t, s, path)
}

func TestSelfRepairInTheBackground(t *testing.T) {
	for _, damage := range []struct {
		name string
		do   func(t *testing.T, path string)
	}{
		{"both metas", func(t *testing.T, path string) { scribble(t, path, 0, 2) }},
		{"everything", func(t *testing.T, path string) { scribble(t, path, 0, 1<<20) }},
		{"empty", func(t *testing.T, path string) {
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
		}},
		{"cut short", func(t *testing.T, path string) {
			if err := os.Truncate(path, 20*4096); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(damage.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, store.FileName)
			backups := filepath.Join(dir, "backups")
			s, err := store.Open(path, store.Config{Log: quiet()})
			if err != nil {
				t.Fatal(err)
			}
			want := fill(t, s, 160)
			if _, err := s.Backup(ctx, backups, 0, nil); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			damage.do(t, path)
			if s, err = store.OpenAnyway(path, store.Config{Log: quiet(), BackupDir: backups, SelfRepair: true}); err != nil {
				t.Fatal(err)
			}
			for range 500 {
				if s.Health().State == mango.StoreReady {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			same(t, s, want)
			if aside, _ := filepath.Glob(path + ".damaged-*"); len(aside) != 1 {
				t.Errorf("put aside: %v", aside)
			}
			closeAndCheck(t, s, path)
		})
	}
}

func TestOneProgramAtATime(t *testing.T) {
	s := openStore(t, store.Config{})
	if _, err := store.Open(s.Path(), store.Config{Log: quiet()}); !errors.Is(err, store.ErrLocked) {
		t.Errorf("second open: %v", err)
	}
}

func TestForeignFileIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.FileName)
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("mine")); return err }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(path, store.Config{Log: quiet(), SelfRepair: true}); !errors.Is(err, store.ErrForeign) {
		t.Errorf("open: %v", err)
	}
}

func TestCancelledCompactionLeavesEverything(t *testing.T) {
	s := openStore(t, store.Config{})
	want := fill(t, s, 80)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.Backup(gone, t.TempDir(), 0, nil); err == nil {
		t.Error("backup with an ended context")
	}
	same(t, s, want)
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(s.Path()), ".*.tmp")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

// A big file after a crash is checked in the background: nobody waits for it.
func TestUncleanBigFileIsCheckedFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.FileName)
	s, err := store.Open(path, store.Config{Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	want := fill(t, s, 80)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, damaged := range []bool{false, true} {
		if err := os.WriteFile(path+".lock", []byte("in use\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if damaged {
			scribble(t, path, 4, 12)
		}
		if s, err = store.OpenAnyway(path, store.Config{Log: quiet(), FullCheck: 1}); err != nil {
			t.Fatal(err)
		}
		for i := 0; s.Health().State == mango.StoreRecovering && i < 1000; i++ {
			time.Sleep(10 * time.Millisecond)
		}
		if got := s.Health().State; (got == mango.StoreReady) == damaged {
			t.Errorf("damaged %v: %s", damaged, got)
		}
		if damaged {
			if _, err := s.Repair(ctx, nil); err != nil {
				t.Error(err)
			}
		} else {
			same(t, s, want)
		}
		closeAndCheck(t, s, path)
	}
}
