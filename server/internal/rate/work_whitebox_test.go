package rate

import (
	"testing"
	"time"
)

// TestTakeWork: work is charged before it is done, to every key or to none, and
// what is dearer than a whole allowance can be had by whoever owes little.
func TestTakeWork(t *testing.T) {
	for _, c := range []struct {
		name string
		owed float64 // by the first key
		n    float64
		wait time.Duration
		left float64 // owed afterwards
	}{
		{"fits", 10, 15, 0, 25},
		{"fits exactly", 10, 20, 0, 30},
		{"dearer than the allowance", 1, 90, 0, 91},
		{"owes half", 15, 40, 0, 55},
		{"owes more than half, and it does not fit", 20, 16, 10 * time.Second, 20}, // until it owes half
		{"owes more than half, and it nearly fits", 20, 11, 2 * time.Second, 20},   // until it fits
		{"owes more than there is", 45, 1, 32 * time.Second, 45},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := PerMinute(30) // one in two seconds
			l.elapsed = func() time.Duration { return time.Hour }
			l.Owe(c.owed, "a")
			if wait := l.TakeWork(c.n, "a", "b"); wait != c.wait {
				t.Errorf("waits %s, want %s", wait, c.wait)
			}
			for key, want := range map[string]float64{"a": c.left, "b": c.left - c.owed} {
				if owed := max(time.Duration(l.place(key).full)-time.Hour, 0).Seconds() / 2; owed != want {
					t.Errorf("%s owes %v, want %v", key, owed, want)
				}
			}
		})
	}
	if (*Limiter)(nil).TakeWork(1000, "a") != 0 {
		t.Error("no limit refuses")
	}
}
