package mango

import (
	"context"
	"time"
)

// ClassDay counts what was stored of one class on one day (UTC).
type ClassDay struct {
	Day   time.Time
	Kind  Kind
	Class string
	Count int
}

// Oversight is what the administrators' pages need of the store beside the
// lists.
type Oversight interface {
	// MayRule says by nil that the actor is an administrator now. It guards
	// what is not in the store: settings, backups, numbers of the machine.
	MayRule(by Actor) error
	// ClassDays counts by day and class for the given number of days up to
	// today, oldest first; administrators only.
	ClassDays(ctx context.Context, by Actor, days int) ([]ClassDay, error)
}
