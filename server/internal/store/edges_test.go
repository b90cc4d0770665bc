package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/clock"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// Two saves of a photo within ten minutes are one that was sent twice, whichever
// way the clock went; a remembered answer counts for a day.
func TestTimesOfRepeatedSaves(t *testing.T) {
	m := clock.NewManual(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	s := openStore(t, store.Config{Now: m.Now, Elapsed: m.Elapsed})
	lito, ana := grower(t, s, "lito"), grower(t, s, "ana")
	save := func(by mango.Actor, photo int, at time.Duration) mango.Saved {
		t.Helper()
		r := owned(by, photo)[0]
		r.CreatedAt = m.Now().Add(at)
		saved, _, err := s.AddRecords(ctx, by, []*mango.Record{r}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return saved[0]
	}
	const limit = 10 * time.Minute
	for i, c := range []struct {
		name  string
		other mango.Actor
		after time.Duration
		same  bool
	}{
		{"at once", lito, 0, true}, {"after ten minutes", lito, limit, true}, {"a microsecond later", lito, limit + time.Microsecond, false},
		{"ten minutes before", lito, -limit, true}, {"a microsecond earlier", lito, -limit - time.Microsecond, false}, {"another's", ana, 0, false},
	} {
		first := save(lito, i, 0)
		second := save(c.other, i, c.after)
		if first.DuplicateOf != 0 || (second.DuplicateOf == first.ID) != c.same || !c.same && second.DuplicateOf != 0 {
			t.Errorf("%s: %+v after %+v", c.name, second, first)
		}
	}
	answer := func(photo int) bool {
		t.Helper()
		_, first, err := s.AddRecords(ctx, lito, owned(lito, photo), once("key", 1))
		if err != nil {
			t.Fatal(err)
		}
		return first != nil
	}
	answer(50)
	m.Pass(24 * time.Hour)
	if !answer(51) {
		t.Error("an answer of a day ago is forgotten")
	}
	m.Pass(time.Microsecond)
	if answer(52) {
		t.Error("an answer of more than a day ago is given")
	}
}

// More than one transaction's worth goes, down to the last byte that is allowed,
// and what stays is counted on.
func TestRetentionInPortions(t *testing.T) {
	now := time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
	s := openStore(t, store.Config{Now: func() time.Time { return now }})
	const n = 250
	var records []*mango.Record
	for i := range n {
		r := realistic(i)
		r.MediaBytes, r.Verified, r.Classification, r.CreatedAt = 1000, false, "", now.Add(-time.Duration(n-i)*time.Hour)
		records = append(records, r)
	}
	if _, _, err := s.AddRecords(ctx, mango.System, records, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		r    store.Retention
		want store.Retained
	}{
		{"nothing is asked for", store.Retention{}, store.Retained{}},
		{"just enough", store.Retention{PhotoBytes: n * 1000}, store.Retained{}},
		{"a byte too many", store.Retention{PhotoBytes: n*1000 - 1}, store.Retained{Photos: 1, Bytes: 1000}},
		{"two portions and more", store.Retention{PhotoBytes: 39_000}, store.Retained{Photos: 210, Bytes: 210_000}},
		{"by age, to the instant", store.Retention{RecordAge: 240 * time.Hour}, store.Retained{Records: 10}},
		{"by age, the photos", store.Retention{PhotoAge: 30 * time.Hour}, store.Retained{Photos: 9, Bytes: 9000}},
		{"two portions of records", store.Retention{RecordAge: 20 * time.Hour}, store.Retained{Records: 220, Photos: 10, Bytes: 10_000}},
	} {
		if got, err := s.Retain(ctx, c.r); err != nil || got != c.want {
			t.Errorf("%s: %+v, want %+v, %v", c.name, got, c.want, err)
		}
	}
	if got, err := s.CountRecords(ctx); err != nil || got != 20 {
		t.Errorf("%d records stay, %v", got, err)
	}
}

// Rotation keeps as many as it is told, the newest ones; a backup whose date lies
// more than a day ahead is doubtful.
func TestRotationOfBackups(t *testing.T) {
	m := clock.NewManual(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	s := openStore(t, store.Config{Now: m.Now, Elapsed: m.Elapsed})
	dir := filepath.Join(t.TempDir(), "backups")
	names := func() (out []string) {
		t.Helper()
		all, err := store.BackupsAt(dir, m.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range all {
			out = append(out, b.At.Format("2"))
		}
		return out
	}
	for i, c := range []struct {
		keep int
		left string
	}{{0, "[1]"}, {0, "[2 1]"}, {-1, "[3 2 1]"}, {4, "[4 3 2 1]"}, {4, "[5 4 3 2]"}, {2, "[6 5]"}, {1, "[7]"}} {
		if _, err := s.Backup(ctx, dir, c.keep, nil); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(names()); got != c.left {
			t.Errorf("backup %d, keep %d: %s, want %s", i+1, c.keep, got, c.left)
		}
		m.Pass(day)
	}
	made, err := store.BackupsAt(dir, m.Now())
	if err != nil {
		t.Fatal(err)
	}
	for ahead, doubtful := range map[time.Duration]bool{-day: false, 0: false, day: false, day + time.Millisecond: true} {
		all, err := store.BackupsAt(dir, made[0].At.Add(-ahead))
		if err != nil || len(all) != 1 || all[0].Doubtful != doubtful {
			t.Errorf("%v ahead: %+v, %v", ahead, all, err)
		}
	}
	for name, there := range map[string]bool{
		"mangosense-20270101T000000.000Z.db": true, "mangosense-20270101T000000.000Z.dbx": false, "mangosense-2027.db": false, "other-20270101T000000.000Z.db": false,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		all, err := store.BackupsAt(dir, m.Now())
		if err != nil || (len(all) == 2) != there {
			t.Errorf("%s: %d backups, %v", name, len(all), err)
		}
		_ = os.Remove(filepath.Join(dir, name))
	}
	if err := os.Mkdir(filepath.Join(dir, "mangosense-20270102T000000.000Z.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := names(); len(got) != 1 {
		t.Errorf("a folder is a backup: %v", got)
	}
}

// What takes long says how far it is: never backwards, and the whole at the end.
func TestProgressOfMaintenance(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.FileName)
	s := openStoreAt(t, path, store.Config{})
	records := make([]*mango.Record, 600)
	for i := range records {
		records[i] = realistic(i)
		records[i].Notes = strings.Repeat(fmt.Sprint(i), 1000)
	}
	if _, _, err := s.AddRecords(ctx, mango.System, records, nil); err != nil {
		t.Fatal(err)
	}
	var backup store.Backup
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		do   func(store.Progress) error
	}{
		{"check", func(p store.Progress) error { return s.Check(ctx, p) }},
		{"backup", func(p store.Progress) (err error) { backup, err = s.Backup(ctx, dir, 0, p); return err }},
		{"compact", func(p store.Progress) error { _, err := s.Compact(ctx, p); return err }},
		{"compare", func(p store.Progress) error { _, err := s.Compare(ctx, backup.Path, p); return err }},
		{"restore", func(p store.Progress) error { _, err := s.Restore(ctx, backup.Path, p); return err }},
	} {
		calls, last, most := 0, 0.0, 0.0
		err := c.do(func(done, total int64) {
			calls++
			part := float64(done) / float64(total)
			if part < last || part < 0 || part > 1 {
				t.Errorf("%s: %.3f after %.3f", c.name, part, last)
			}
			last, most = part, max(most, part)
		})
		if err != nil || calls == 0 || most < 0.6 {
			t.Errorf("%s: %d calls, %.2f at the end, %v", c.name, calls, most, err)
		}
	}
	// A backup that is given up leaves nothing.
	ended, cancel := context.WithCancel(ctx)
	cancel()
	empty := t.TempDir()
	if _, err := s.Backup(ended, empty, 0, nil); err == nil {
		t.Error("a backup that was given up was made")
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) != 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}
