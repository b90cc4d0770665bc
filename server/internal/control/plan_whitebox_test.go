package control

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestNextBackup: no date of a file, and no step of the clock, puts a backup off
// for longer than the plan says.
func TestNextBackup(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	const day, soon = 24 * time.Hour, 40 * time.Second
	for _, c := range []struct {
		name        string
		files       []string
		now         time.Time
		least, most time.Duration
	}{
		{"none yet", nil, now, 0, soon},
		{"one of this morning", []string{"20260601T060000.000Z"}, now, 18 * time.Hour, 18 * time.Hour},
		{"one of last week", []string{"20260525T060000.000Z"}, now, 0, soon},
		{"one of 2030 beside one of this morning", []string{"20300101T000000.000Z", "20260601T060000.000Z"}, now, 18 * time.Hour, 18 * time.Hour},
		{"one of 2030 alone", []string{"20300101T000000.000Z"}, now, 0, soon},
		{"the clock an hour back", []string{"20260601T123000.000Z"}, now, day, day},
		{"the clock ten years ahead", []string{"20260601T060000.000Z"}, now.AddDate(10, 0, 0), 0, soon},
		{"the clock not set yet", []string{"20260601T060000.000Z"}, time.Unix(60, 0), 0, soon},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, stamp := range c.files {
				if err := os.WriteFile(filepath.Join(dir, "mangosense-"+stamp+".db"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			o := &Ops{BackupDir: dir}
			if got := o.nextBackup(day, c.now); got < c.least || got > c.most {
				t.Errorf("the next backup is in %s, want %s to %s", got, c.least, c.most)
			}
		})
	}
}
