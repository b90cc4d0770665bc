package budget

import "time"

// paceSlots divides a window: bytes leave it an eighth at a time.
const paceSlots = 8

// Pace counts bytes over a sliding window. Its zero value has no window; it is
// not for concurrent use.
type Pace struct {
	window time.Duration
	start  time.Time
	at     int64 // the slot that is being filled, counted from start
	slots  [paceSlots]int64
}

// NewPace begins at now.
func NewPace(window time.Duration, now time.Time) Pace { return Pace{window: window, start: now} }

// Add counts n bytes.
func (p *Pace) Add(now time.Time, n int) {
	p.advance(now)
	p.slots[p.at%paceSlots] += int64(n)
}

// Rate is the bytes a second over the window, and whether a whole window has
// passed since the start: until then the rate says nothing.
func (p *Pace) Rate(now time.Time) (perSecond float64, known bool) {
	p.advance(now)
	sum := int64(0)
	for _, n := range p.slots {
		sum += n
	}
	return float64(sum) / p.window.Seconds(), now.Sub(p.start) >= p.window
}

// advance empties the slots that have left the window.
func (p *Pace) advance(now time.Time) {
	to := int64(now.Sub(p.start) / (p.window / paceSlots))
	if to-p.at >= paceSlots {
		p.slots = [paceSlots]int64{}
		p.at = to
	}
	for p.at < to {
		p.at++
		p.slots[p.at%paceSlots] = 0
	}
}
