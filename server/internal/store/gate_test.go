package store_test

import (
	"testing"
	"time"

	"mangosense/server/internal/clock"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// TestGateDays: counts add up by day, and those of more than a year ago go.
func TestGateDays(t *testing.T) {
	start := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	now := clock.NewManual(start)
	s := openStore(t, store.Config{Now: now.Now, Elapsed: now.Elapsed})
	for _, c := range []struct {
		later           time.Duration
		photos, refused int64
	}{{0, 3, 1}, {time.Hour, 2, 2}, {24 * time.Hour, 5, 0}, {400 * 24 * time.Hour, 7, 4}} {
		now.Pass(start.Add(c.later).Sub(now.Now()))
		if err := s.AddGateCounts(ctx, mango.System, c.photos, c.refused); err != nil {
			t.Fatal(err)
		}
		days, err := s.GateDays(ctx, mango.System, 366)
		if err != nil || len(days) == 0 {
			t.Fatal(days, err)
		}
		last := days[len(days)-1]
		switch c.later {
		case time.Hour:
			if len(days) != 1 || last.Photos != 5 || last.Refused != 3 {
				t.Errorf("two on one day: %v", days)
			}
		case 24 * time.Hour:
			if len(days) != 2 || last.Photos != 5 || last.Refused != 0 {
				t.Errorf("the next day: %v", days)
			}
			if week, err := s.GateDays(ctx, mango.System, 1); err != nil || len(week) != 1 {
				t.Errorf("one day: %v %v", week, err)
			}
		case 400 * 24 * time.Hour:
			if len(days) != 1 || last.Photos != 7 {
				t.Errorf("a year later: %v", days)
			}
		}
	}
}
