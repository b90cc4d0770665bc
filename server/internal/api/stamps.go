package api

import "time"

// serialStamp is the time form of stored objects; stamp is that of hand-made
// answers. Clients read both, and each stays where it was.
const serialStamp = "2006-01-02T15:04:05.000000Z"

func handStamp(t time.Time) string { return t.UTC().Format(stamp) }

func serial(t time.Time) string { return t.UTC().Format(serialStamp) }

// serialOrNil is null for a time that never was.
func serialOrNil(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	v := serial(t)
	return &v
}
