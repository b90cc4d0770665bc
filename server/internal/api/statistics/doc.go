// Package statistics answers with counts of records: by class, by day, and on
// the map.
//
// Counts are the store's; here they only get their names. What is neither
// healthy nor diseased is counted as unknown and never as a disease. The map is
// open to all: what it may show of a place, and to whom, the store decides.
package statistics

import (
	"context"

	"mangosense/server/internal/mango"
)

// Store counts; see mango.Records.
type Store interface {
	Statistics(ctx context.Context, by mango.Actor) (mango.Statistics, error)
	Trend(ctx context.Context, by mango.Actor, days int) ([]mango.DayCount, error)
	Places(ctx context.Context, by mango.Actor, f mango.PlaceFilter) ([]mango.Place, error)
	CanonicalClass(name string) string
}

// Handlers answer the routes.
type Handlers struct{ Store Store }
