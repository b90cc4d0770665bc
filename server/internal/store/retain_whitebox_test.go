package store

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"mangosense/server/internal/mango"
)

// The first record whose date says that it is not old, for several ages at once.
func TestOlderThan(t *testing.T) {
	const day = 24 * time.Hour
	now := time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
	never := now.Sub(earliest.Add(-day)) // the date of a clock that was never set
	type row struct {
		age    time.Duration
		origin string
	}
	for name, c := range map[string]struct {
		rows  []row
		ages  []time.Duration
		fresh []uint64
	}{
		"none":                            {nil, []time.Duration{day}, []uint64{0}},
		"all old":                         {[]row{{9 * day, ""}, {8 * day, ""}}, []time.Duration{day}, []uint64{0}},
		"by age":                          {[]row{{9 * day, ""}, {5 * day, ""}, {day / 2, ""}}, []time.Duration{day, 6 * day, 20 * day}, []uint64{3, 2, 1}},
		"for ever":                        {[]row{{9 * day, ""}, {day, ""}}, []time.Duration{0, 0, 2 * day}, []uint64{0, 0, 2}},
		"to the instant":                  {[]row{{day + time.Millisecond, ""}, {day, ""}, {day - time.Millisecond, ""}}, []time.Duration{day}, []uint64{2}},
		"an import's date says nothing":   {[]row{{0, "django:1"}, {0, ""}}, []time.Duration{day}, []uint64{2}},
		"the clock was ahead":             {[]row{{-time.Millisecond, ""}, {0, ""}}, []time.Duration{day}, []uint64{2}},
		"the clock was never set":         {[]row{{never, ""}, {now.Sub(earliest), ""}}, []time.Duration{100 * 365 * day}, []uint64{2}},
		"the clock was behind afterwards": {[]row{{9 * day, ""}, {0, ""}, {9 * day, ""}, {0, ""}}, []time.Duration{day, 10 * day}, []uint64{2, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(filepath.Join(t.TempDir(), FileName), quietly())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			for _, r := range c.rows {
				if _, err := s.AddRecord(context.Background(), mango.System, &mango.Record{Kind: mango.Leaf, Disease: "Healthy", CreatedAt: now.Add(-r.age), Origin: r.origin}); err != nil {
					t.Fatal(err)
				}
			}
			which, err := s.olderThan(now, c.ages...)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range c.fresh {
				if which[i].fresh != want || !which[i].before.Equal(now.Add(-c.ages[i])) {
					t.Errorf("age %v: %+v, want %d", c.ages[i], which[i], want)
				}
			}
		})
	}
}
