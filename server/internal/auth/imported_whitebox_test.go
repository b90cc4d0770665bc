package auth

import (
	"testing"
	"time"

	"mangosense/server/internal/mango"
)

// ReadImported is for tests of what New looks for.
func ReadImported(users mango.Users) (ids map[uint64]uint64, rounds int, err error) {
	found, err := readImported(users)
	return found.ids, found.rounds, err
}

// Pace is for tests: zero means that refusals do not wait.
func Pace(a *Accounts) time.Duration { return a.pace }

// TestRemaining: a quick check and a slow one end at the same moment.
func TestRemaining(t *testing.T) {
	const pace = 600 * time.Millisecond
	for spent, want := range map[time.Duration]time.Duration{
		0: pace, 30 * time.Millisecond: 570 * time.Millisecond, 400 * time.Millisecond: 200 * time.Millisecond,
		pace: pace, 700 * time.Millisecond: 500 * time.Millisecond,
	} {
		if got := remaining(spent, pace); got != want {
			t.Errorf("after %s: %s, want %s", spent, got, want)
		}
	}
}
