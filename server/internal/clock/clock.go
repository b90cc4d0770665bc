// Package clock gives the wall clock and elapsed time, which must not be confused.
//
// It is no timer and no calendar. Every room may import it.
//
// Caveats. Now is the wall clock: a person or the network may set it ahead or
// back by any amount, and a Raspberry Pi that lost power starts in the past. It
// is for what is shown, stored or signed. Whatever counts how much time has
// passed (limits, patience, schedules) uses Elapsed, which never steps. A room
// takes both as functions in its Config, so that a test can step one of them;
// Manual is such a pair.
package clock

import (
	"sync"
	"time"
)

var start = time.Now()

// Now is the wall clock.
func Now() time.Time { return time.Now() }

// Elapsed is the time since the program began. No step of the wall clock
// changes it.
func Elapsed() time.Duration { return time.Since(start) }

// Manual is a clock for tests. It stands still until Pass or Step.
type Manual struct {
	mu      sync.Mutex
	wall    time.Time
	elapsed time.Duration
}

// NewManual starts a clock at a wall time.
func NewManual(at time.Time) *Manual { return &Manual{wall: at} }

// Now is the wall clock.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.wall
}

// Elapsed is the time that passed.
func (m *Manual) Elapsed() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.elapsed
}

// Pass lets time pass.
func (m *Manual) Pass(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wall, m.elapsed = m.wall.Add(d), m.elapsed+d
}

// Step sets the wall clock ahead or back; no time passes.
func (m *Manual) Step(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wall = m.wall.Add(d)
}
