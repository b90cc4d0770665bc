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

// GateDay counts the photos that were answered on one day (UTC), stored or not,
// and those of them that show no mango.
type GateDay struct {
	Day             time.Time
	Photos, Refused int64
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
	// GateDays are the counts of days with any, oldest first; administrators
	// only.
	GateDays(ctx context.Context, by Actor, days int) ([]GateDay, error)
	// AddGateCounts adds to today's; those of more than a year ago are dropped.
	AddGateCounts(ctx context.Context, by Actor, photos, refused int64) error
}
