package render

import "time"

// The time forms of stored objects and of hand-made answers. Clients read both,
// and each stays where it was.
const (
	serialStamp = "2006-01-02T15:04:05.000000Z"
	stamp       = "2006-01-02T15:04:05.000000+00:00"
)

// HandStamp is a time of a hand-made answer.
func HandStamp(t time.Time) string { return t.UTC().Format(stamp) }

// Serial is a time of a stored object.
func Serial(t time.Time) string { return t.UTC().Format(serialStamp) }

// SerialOrNil is null for a time that never was.
func SerialOrNil(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	v := Serial(t)
	return &v
}
