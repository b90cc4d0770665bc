package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mangosense/server/internal/clock"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

const (
	day      = 24 * time.Hour
	tenYears = 10 * 365 * day
)

var farAway = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// TestRetentionAndSteps: photos go when they are old, also after a long time
// without power; a clock that jumps lets go of nothing that it should not.
func TestRetentionAndSteps(t *testing.T) {
	start := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		then func(m *clock.Manual, reopen func())
		left int // of a photo a day for 40 days, kept for 30
	}{
		{"as it is", func(m *clock.Manual, _ func()) {}, 30},
		{"five days pass", func(m *clock.Manual, _ func()) { m.Pass(5 * day) }, 25},
		{"an hour back", func(m *clock.Manual, _ func()) { m.Step(-time.Hour) }, 31},
		{"a year back", func(m *clock.Manual, _ func()) { m.Step(-365 * day) }, 40},
		{"ten years ahead", func(m *clock.Manual, _ func()) { m.Step(tenYears) }, 30},
		{"ten years ahead for an hour", func(m *clock.Manual, _ func()) { m.Step(tenYears); m.Pass(time.Hour) }, 29},
		{"ten years ahead, over ten restarts", func(m *clock.Manual, reopen func()) {
			m.Step(tenYears)
			for range 10 {
				reopen()
			}
		}, 30},
		{"ten years ahead and back", func(m *clock.Manual, _ func()) { m.Step(tenYears); m.Step(-tenYears) }, 30},
		{"off for ten days, then on for one", func(m *clock.Manual, reopen func()) {
			m.Step(10 * day)
			reopen()
			m.Pass(day)
		}, 19},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := clock.NewManual(start)
			path := filepath.Join(t.TempDir(), store.FileName)
			cfg := store.Config{Log: quiet(), Now: m.Now, Elapsed: m.Elapsed}
			s, err := store.Open(path, cfg)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 40 {
				r := realistic(i)
				i = 39 - i // the oldest first, as they come
				r.CreatedAt, r.MediaBytes, r.Verified, r.Classification = start.Add(-time.Duration(i)*day-time.Minute), 1000, false, ""
				if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
					t.Fatal(err)
				}
			}
			c.then(m, func() {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if s, err = store.Open(path, cfg); err != nil {
					t.Fatal(err)
				}
			})
			if _, err := s.Retain(ctx, store.Retention{PhotoAge: 30 * day}); err != nil {
				t.Fatal(err)
			}
			st, err := s.Statistics(ctx, mango.System)
			if err != nil || st.Photos != c.left {
				t.Errorf("%d photos are left, want %d; %v", st.Photos, c.left, err)
			}
			closeAndCheck(t, s, path)
		})
	}
}

// TestClockBehind: what was stored while the clock was behind is as old as what was
// stored before it, not as old as its date.
func TestClockBehind(t *testing.T) {
	start := time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		behind time.Duration
		origin string
		left   int // of two of long ago, one of today, three of a clock that is behind, and one after that
	}{
		"never set, after a power cut": {start.Sub(time.Unix(0, 0)), "", 5},
		"two years":                    {2 * 365 * day, "", 5},
		"within what is kept":          {day, "", 5},
		"an import's own dates":        {2 * 365 * day, "django:", 2},
	} {
		t.Run(name, func(t *testing.T) {
			m := clock.NewManual(start)
			s := openStore(t, store.Config{Now: m.Now, Elapsed: m.Elapsed})
			added := 0
			add := func(n int, origin string) {
				t.Helper()
				for range n {
					added++
					i, r := added, realistic(added)
					r.CreatedAt, r.MediaBytes, r.Verified, r.TrainingReady, r.Classification = time.Time{}, 1000, false, false, ""
					if origin != "" {
						r.Origin, r.CreatedAt = fmt.Sprint(origin, i), m.Now()
					}
					if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
						t.Fatal(err)
					}
				}
			}
			m.Step(-400 * day)
			add(2, "")
			m.Step(400 * day)
			add(1, "")
			m.Step(-c.behind)
			add(3, c.origin)
			m.Step(c.behind)
			add(1, "")
			for what, r := range map[string]store.Retention{"photos": {PhotoAge: 30 * day}, "records": {RecordAge: 30 * day}} {
				if _, err := s.Retain(ctx, r); err != nil {
					t.Fatal(err)
				}
				if st, err := s.Statistics(ctx, mango.System); err != nil || st.Photos != c.left {
					t.Errorf("%d photos are left for the age of %s, want %d; %v", st.Photos, what, c.left, err)
				}
			}
		})
	}
}

// TestClockNeverSet: records that were all stored before the clock was ever set do
// not go at once when it is.
func TestClockNeverSet(t *testing.T) {
	m := clock.NewManual(time.Unix(1000, 0))
	s := openStore(t, store.Config{Now: m.Now, Elapsed: m.Elapsed})
	r := realistic(1)
	r.CreatedAt, r.MediaBytes, r.Verified, r.TrainingReady, r.Classification = time.Time{}, 1000, false, false, ""
	if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
		t.Fatal(err)
	}
	m.Step(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC).Sub(m.Now()))
	if out, err := s.Retain(ctx, store.Retention{RecordAge: 365 * day}); err != nil || out.Records != 0 {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestQuotaTakesTheFuture: a bound in bytes holds for photos of a clock that was
// ahead too.
func TestQuotaTakesTheFuture(t *testing.T) {
	s := openStore(t, store.Config{})
	for i := range 5 {
		r := realistic(i)
		r.CreatedAt, r.MediaBytes = time.Now().Add(tenYears), 1000
		if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Retain(ctx, store.Retention{PhotoBytes: 2000}); err != nil {
		t.Fatal(err)
	}
	if st, err := s.Statistics(ctx, mango.System); err != nil || st.Photos != 2 {
		t.Errorf("%d photos within a quota of two, %v", st.Photos, err)
	}
}

// TestBackupsAndSteps: rotation removes the oldest, never the one just made, and
// heal takes the newest that can be, wherever a date lies.
func TestBackupsAndSteps(t *testing.T) {
	start := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	m := clock.NewManual(start)
	dir := filepath.Join(t.TempDir(), "backups")
	cfg := store.Config{Now: m.Now, Elapsed: m.Elapsed}
	s := openStore(t, cfg)
	backup := func(keep int) store.Backup {
		t.Helper()
		b, err := s.Backup(ctx, dir, keep, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(b.Path); err != nil {
			t.Errorf("the backup just made is gone: %v", err)
		}
		return b
	}
	latest := func() store.Backup {
		t.Helper()
		b, err := store.LatestBackup(dir, store.Config{Log: quiet(), Now: m.Now})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	one := backup(3)
	if again := backup(3); again.Path == one.Path {
		t.Error("two backups of one moment have one name")
	}
	m.Step(tenYears)
	bogus := backup(3)
	m.Step(-tenYears)
	m.Pass(time.Hour)
	if b := latest(); b.Path == bogus.Path {
		t.Error("the backup of ten years ahead counts as the newest")
	}
	m.Step(-30 * time.Minute)
	two := backup(3) // of four, the one of ten years ahead goes
	if _, err := os.Stat(bogus.Path); err == nil {
		t.Error("the one of ten years ahead stays, a real one goes")
	}
	if b := latest(); b.Path != two.Path {
		t.Errorf("the newest is %s, want %s", b.Path, two.Path)
	}
	m.Step(-365 * day)
	for range 3 {
		m.Pass(time.Hour)
		backup(1)
	}
	if all, err := store.BackupsAt(dir, m.Now()); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
}

// TestStatisticsAndSteps: what a clock of ten years ahead dated is not of the
// last week.
func TestStatisticsAndSteps(t *testing.T) {
	m := clock.NewManual(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	s := openStore(t, store.Config{Now: m.Now, Elapsed: m.Elapsed})
	add := func(name string) {
		t.Helper()
		r := realistic(1)
		r.CreatedAt = m.Now()
		if _, err := s.AddRecord(ctx, mango.System, r); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddUser(ctx, mango.System, &mango.User{Username: name}); err != nil {
			t.Fatal(err)
		}
	}
	want := func(n int) {
		t.Helper()
		st, err := s.Statistics(ctx, mango.System)
		if err != nil || st.Week != n || st.Month != n {
			t.Errorf("%d in the week, %d in the month, want %d; %v", st.Week, st.Month, n, err)
		}
		users, err := s.UserStatistics(ctx, mango.System)
		if err != nil || users.Recent != n {
			t.Errorf("%d joined lately, want %d; %v", users.Recent, n, err)
		}
		trend, err := s.Trend(ctx, mango.System, 7)
		if sum := trend[6].Total + trend[5].Total; err != nil || sum != n {
			t.Errorf("%d of two days in the trend, want %d; %v", sum, n, err)
		}
	}
	add("ana")
	want(1)
	m.Step(tenYears)
	want(0)
	add("ben")
	want(1)
	m.Step(-tenYears)
	want(1)
	add("che")
	m.Step(-time.Hour)
	if st, err := s.Statistics(ctx, mango.System); err != nil || st.Week != 2 {
		t.Errorf("an hour back, %d in the week, want 2; %v", st.Week, err)
	}
}
