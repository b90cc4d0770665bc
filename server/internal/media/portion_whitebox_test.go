package media

import "testing"

// SweepPortion lowers how many photos a sweep asks for at a time.
func SweepPortion(t *testing.T, n int) {
	before := sweepPortion
	sweepPortion = n
	t.Cleanup(func() { sweepPortion = before })
}
