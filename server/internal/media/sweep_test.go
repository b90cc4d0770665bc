package media_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"mangosense/server/internal/clock"
	"mangosense/server/internal/media"
)

func unneeded(string) (bool, error) { return false, nil }

// TestSweepByAge: the age from which a photo without a record goes, to the
// nanosecond, whichever way the clock was wrong.
func TestSweepByAge(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for _, c := range []struct {
		name       string
		grace, age time.Duration
		removed    bool
		redated    bool
	}{
		{"younger", time.Minute, time.Minute - 1, false, false},
		{"old enough", time.Minute, time.Minute, true, false},
		{"an hour without a grace of its own", 0, time.Hour, true, false},
		{"less than that", 0, time.Hour - 1, false, false},
		{"of now", time.Minute, 0, false, false},
		{"a little ahead", time.Minute, -time.Minute, false, false},
		{"further ahead", time.Minute, -time.Minute - 1, false, true},
	} {
		for _, file := range []string{nameOf("leaf"), "mango_images/.x.jpg.0a0b0c0d0e0f.tmp"} {
			dir := filepath.Join(t.TempDir(), "media")
			r := open(t, media.Config{Dir: dir, Grace: c.grace, Now: func() time.Time { return now }})
			path := pathOf(dir, file)
			if file != nameOf("leaf") {
				path = filepath.Join(dir, "mango_images", "ff", filepath.Base(file))
			}
			leave(t, path, "12345")
			date(t, path, now.Add(-c.age))
			want := media.Swept{Held: 1}
			if c.removed {
				want = media.Swept{Removed: 1, RemovedBytes: 5}
			}
			if got, err := r.Sweep(ctx, media.Sweeping{Needed: unneeded}); err != nil || got != want {
				t.Errorf("%s, %s: %+v, %v; want %+v", c.name, filepath.Base(file), got, err, want)
			}
			st, err := os.Stat(path)
			if errors.Is(err, os.ErrNotExist) != c.removed {
				t.Errorf("%s: %v", c.name, err)
			}
			if err == nil && st.ModTime().Equal(now) != (c.redated || c.age == 0) {
				t.Errorf("%s: dated %s", c.name, st.ModTime())
			}
		}
	}
}

// TestSweepAsks: what the answers do to a photo, and to what is counted.
func TestSweepAsks(t *testing.T) {
	broken := errors.New("the store is down")
	gone, cancel := context.WithCancel(ctx)
	defer cancel()
	asked := 0
	for _, c := range []struct {
		name string
		q    media.Sweeping
		make func(dir string) error
		want media.Swept
		err  error
	}{
		{"nobody needs it", media.Sweeping{Needed: unneeded}, nil, media.Swept{Removed: 1, RemovedBytes: 4}, nil},
		{"a record needs it", media.Sweeping{Needed: func(string) (bool, error) { return true, nil }}, nil, media.Swept{Kept: 1}, nil},
		{"a record needs it by now", media.Sweeping{Needed: func(string) (bool, error) { asked++; return asked > 1, nil }}, nil, media.Swept{Kept: 1}, nil},
		{"the store cannot say", media.Sweeping{Needed: func(string) (bool, error) { return false, broken }}, nil, media.Swept{}, broken},
		{"the store cannot say any more", media.Sweeping{Needed: func(string) (bool, error) {
			if asked++; asked > 1 {
				return false, broken
			}
			return false, nil
		}}, nil, media.Swept{}, broken},
		{"a backup needs it", media.Sweeping{Needed: unneeded, Elsewhere: elsewhere(true, nil)}, nil, media.Swept{Elsewhere: 1}, nil},
		{"no backup needs it", media.Sweeping{Needed: unneeded, Elsewhere: elsewhere(false, nil)}, nil, media.Swept{Removed: 1, RemovedBytes: 4}, nil},
		{"backups cannot be read", media.Sweeping{Needed: unneeded, Elsewhere: elsewhere(false, broken)}, nil, media.Swept{}, broken},
		{"the caller goes", media.Sweeping{Needed: func(string) (bool, error) { cancel(); return false, nil }}, nil, media.Swept{}, context.Canceled},
		{"a folder in its place", media.Sweeping{Needed: unneeded}, func(dir string) error {
			path := pathOf(dir, nameOf("leaf"))
			return errors.Join(os.Remove(path), os.Mkdir(path, 0o700))
		}, media.Swept{}, nil},
		{"a file where a folder of photos should be", media.Sweeping{Needed: unneeded}, func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "mango_images", "00"), nil, 0o600)
		}, media.Swept{}, syscall.ENOTDIR},
		{"a folder of photos that cannot be opened", media.Sweeping{Needed: unneeded}, func(dir string) error {
			path := filepath.Join(dir, "mango_images", "00")
			return os.Symlink(path, path)
		}, media.Swept{}, syscall.ELOOP},
		{"what is no photo", media.Sweeping{Needed: unneeded}, func(dir string) error {
			path := filepath.Join(dir, "mango_images", "00", "notes.txt")
			return errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600), os.Chtimes(path, time.Unix(0, 0), time.Unix(0, 0)))
		}, media.Swept{Removed: 1, RemovedBytes: 4}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked = 0
			dir := filepath.Join(t.TempDir(), "media")
			r := open(t, media.Config{Dir: dir})
			_ = put(t, r, "leaf").Close()
			date(t, pathOf(dir, nameOf("leaf")), time.Now().Add(-2*time.Hour))
			if c.make != nil {
				if err := c.make(dir); err != nil {
					t.Fatal(err)
				}
			}
			use := ctx
			if c.err == context.Canceled {
				use = gone
			}
			if got, err := r.Sweep(use, c.q); !errors.Is(err, c.err) || got != c.want {
				t.Errorf("%+v, %v; want %+v, %v", got, err, c.want, c.err)
			}
			_, err := os.Lstat(pathOf(dir, nameOf("leaf")))
			if errors.Is(err, os.ErrNotExist) != (c.want.Removed > 0) {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func elsewhere(answer bool, err error) func(context.Context, []string) (func(string) bool, error) {
	return func(_ context.Context, names []string) (func(string) bool, error) {
		return func(name string) bool { return answer && name == names[0] }, err
	}
}

// TestSweepInPortions: of many photos, backups are asked for a portion at a time,
// each photo once; the progress is reported folder by folder.
func TestSweepInPortions(t *testing.T) {
	const portion = 256 // as many as are read of a folder at a time
	media.SweepPortion(t, portion)
	m := clock.NewManual(time.Now())
	dir := filepath.Join(t.TempDir(), "media")
	r := open(t, media.Config{Dir: dir, Now: m.Now})
	const each, shards = 280, 3
	for shard := range shards {
		at := filepath.Join(dir, "mango_images", fmt.Sprintf("%02x", shard))
		if err := os.Mkdir(at, 0o700); err != nil {
			t.Fatal(err)
		}
		for i := range each {
			if err := os.WriteFile(filepath.Join(at, fmt.Sprintf("%02x%062x.jpg", shard, i)), []byte("leaf"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	m.Pass(2 * time.Hour)
	var portions []int
	seen := map[string]bool{}
	var progress []float64
	got, err := r.Sweep(ctx, media.Sweeping{
		Needed: unneeded,
		Elsewhere: func(_ context.Context, names []string) (func(string) bool, error) {
			portions = append(portions, len(names))
			for _, name := range names {
				seen[name] = true
			}
			first := names[0]
			return func(name string) bool { return len(portions) == 1 && name == first }, nil
		},
		Progress: func(done float64) { progress = append(progress, done) },
	})
	if want := (media.Swept{Removed: each*shards - 1, RemovedBytes: 4 * (each*shards - 1), Elsewhere: 1}); err != nil || got != want || len(seen) != each*shards {
		t.Errorf("%+v, %v, asked for %d; want %+v", got, err, len(seen), want)
	}
	if want := []int{256, 280, 280, 24}; !slices.Equal(portions, want) {
		t.Errorf("portions of %d, want %d", portions, want)
	}
	for i, done := range progress {
		if len(progress) != 256 || done != float64(i+1)/256 {
			t.Fatalf("progress %v", progress)
		}
	}
}

// TestSweepWithoutALog: a room needs neither a log nor a clock of its own.
func TestSweepWithoutALog(t *testing.T) {
	r, err := media.Open(media.Config{Dir: filepath.Join(t.TempDir(), "media")})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_ = put(t, r, "leaf").Close()
	if got, err := r.Sweep(ctx, media.Sweeping{Needed: unneeded}); err != nil || got != (media.Swept{Held: 1}) {
		t.Errorf("%+v, %v", got, err)
	}
}
