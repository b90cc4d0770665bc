package store_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// TestNamedElsewhere: which photos a file beside the database keeps from the
// sweep.
func TestNamedElsewhere(t *testing.T) {
	first, second, nobody := realistic(1), realistic(2), realistic(3)
	asked := []string{first.Media, second.Media, nobody.Media}
	all := []bool{true, true, true}
	for name, c := range map[string]struct {
		do   func(t *testing.T, s *store.Store, older string)
		want []bool
	}{
		"nothing beside it": {func(*testing.T, *store.Store, string) {}, []bool{false, false, false}},
		"put aside by a restore": {func(t *testing.T, s *store.Store, older string) {
			if _, err := s.Restore(ctx, older, nil); err != nil {
				t.Fatal(err)
			}
		}, []bool{true, true, false}},
		"only a younger backup": {func(t *testing.T, s *store.Store, older string) {
			restoreAndForget(t, s, older)
		}, []bool{true, true, false}},
		"a backup from before the one restored": {func(t *testing.T, s *store.Store, older string) {
			b, err := s.Backup(ctx, filepath.Dir(older), 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			restoreAndForget(t, s, b.Path)
		}, []bool{false, false, false}},
		"a younger backup dated years ahead": {func(t *testing.T, s *store.Store, older string) {
			all, err := store.Backups(filepath.Dir(older))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(all[0].Path, filepath.Join(filepath.Dir(older), "mangosense-20400101T000000.000Z.db")); err != nil {
				t.Fatal(err)
			}
			restoreAndForget(t, s, older)
		}, []bool{true, true, false}},
		"a file put aside that is damaged": {func(t *testing.T, s *store.Store, _ string) {
			if err := os.WriteFile(s.Path()+".damaged-20260101T000000.000Z", make([]byte, 1<<16), 0o600); err != nil {
				t.Fatal(err)
			}
		}, all},
		"a file put aside that a newer program wrote": {func(t *testing.T, s *store.Store, older string) {
			aside, err := s.Restore(ctx, older, nil)
			if err != nil {
				t.Fatal(err)
			}
			store.MakeNewer(t, aside)
		}, all},
		"a database that is damaged itself": {func(t *testing.T, s *store.Store, _ string) {
			store.FlipRecord(t, s.Path(), 1)
			_, err := s.Record(ctx, mango.System, 1)
			if mango.CodeOf(err) != mango.StoreFailed {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if _, err := s.Repair(ctx, nil); err != nil {
					t.Error(err)
				}
			})
		}, all},
	} {
		t.Run(name, func(t *testing.T) {
			s := openStore(t, store.Config{})
			dir := t.TempDir()
			if _, err := s.AddRecord(ctx, mango.System, realistic(1)); err != nil {
				t.Fatal(err)
			}
			older, err := s.Backup(ctx, dir, 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.AddRecord(ctx, mango.System, realistic(2)); err != nil {
				t.Fatal(err)
			}
			for time.Now().UTC().Truncate(time.Millisecond).Equal(older.At.Truncate(time.Millisecond)) { // names are by the millisecond
				time.Sleep(time.Millisecond)
			}
			if _, err := s.Backup(ctx, dir, 0, nil); err != nil {
				t.Fatal(err)
			}
			c.do(t, s, older.Path)
			for range 2 { // the second time from memory
				named, err := s.NamedElsewhere(ctx, asked)
				if err != nil {
					t.Fatal(err)
				}
				var got []bool
				for _, photo := range asked {
					got = append(got, named(photo))
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("got %v, want %v", got, c.want)
				}
			}
		})
	}
}

// restoreAndForget restores a backup and deletes what it put aside.
func restoreAndForget(t *testing.T, s *store.Store, from string) {
	t.Helper()
	aside, err := s.Restore(ctx, from, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(aside); err != nil {
		t.Fatal(err)
	}
}

// TestRepairNamesWhatIsLost: one record is rotten. Without a backup it is lost,
// by name; with one it comes back; a sound database is left alone.
func TestRepairNamesWhatIsLost(t *testing.T) {
	for name, backup := range map[string]bool{"no backup": false, "a backup": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := openStore(t, store.Config{BackupDir: dir})
			want := fill(t, s, 48)
			if r, err := s.Repair(ctx, nil); err != nil || !r.Sound || !r.Whole() || r.PutAside != "" || r.Records != 48 || r.Users != 1 {
				t.Errorf("a sound database: %+v, %v", r, err)
			}
			if backup {
				if _, err := s.Backup(ctx, dir, 0, nil); err != nil {
					t.Fatal(err)
				}
			}
			store.FlipRecord(t, s.Path(), 17)
			r, err := s.Repair(ctx, nil)
			if err != nil || r.Sound || r.LostValues != 1 || r.PutAside == "" {
				t.Errorf("%+v, %v", r, err)
			}
			lost := strings.Join(r.Lost, ", ")
			if backup && (lost != "" || r.FromBackup != 1) || !backup && !strings.HasSuffix(lost, "record 17") {
				t.Errorf("lost %q, %d from the backup", lost, r.FromBackup)
			}
			if !backup {
				delete(want, 17)
			}
			same(t, s, want)
			if h := s.Health(); h.State != mango.StoreReady {
				t.Errorf("health: %+v", h)
			}
		})
	}
}

// TestCompareCountsWhatComesAndGoes: what a restore would change.
func TestCompareCountsWhatComesAndGoes(t *testing.T) {
	s := openStore(t, store.Config{})
	fill(t, s, 40)
	b, err := s.Backup(ctx, t.TempDir(), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteRecords(ctx, mango.System, []uint64{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ChangeRecords(ctx, mango.System, []uint64{5, 6}, mango.RecordChange{Verified: ptr(true)}); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		if _, err := s.AddRecord(ctx, mango.System, realistic(900+i)); err != nil {
			t.Fatal(err)
		}
	}
	d, err := s.Compare(ctx, b.Path, nil)
	d.At = time.Time{}
	if want := (store.Difference{From: b.Path, Present: 41, Records: 40, Come: 3, Go: 4, Changed: 2, Known: true}); err != nil || d != want {
		t.Errorf("got %+v, %v, want %+v", d, err, want)
	}
}
