// Package records answers with stored diagnoses: a grower's history, and the
// images that administrators look through, upload, correct, delete and export.
//
// A record shows its class, which is the expert's where there is one, and beside
// it what the model said, which nobody changes. Whose a record is and who may
// see it the store decides: another's is NotFound, so that ids say nothing.
package records

import (
	"context"

	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// Store keeps records; see mango.Records.
type Store interface {
	Record(ctx context.Context, by mango.Actor, id uint64) (*mango.Record, error)
	PageRecords(ctx context.Context, by mango.Actor, f mango.RecordFilter, p mango.Page) (mango.RecordPage, error)
	EachRecord(ctx context.Context, by mango.Actor, f mango.RecordFilter, do func(*mango.Record) error) error
	ChangeRecords(ctx context.Context, by mango.Actor, ids []uint64, c mango.RecordChange) ([]mango.Record, error)
	DeleteRecords(ctx context.Context, by mango.Actor, ids []uint64) error
	User(ctx context.Context, by mango.Actor, id uint64) (*mango.User, error)
	AdviceOf(disease string, part mango.Kind) mango.Advice
}

// Handlers answer the routes.
type Handlers struct {
	Store  Store
	Intake *intake.Intake
	// Input is the size of a model's input; false for one that is not here.
	Input func(mango.Model) (width, height int, ok bool)
}
