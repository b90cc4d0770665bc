// Package confirmations answers about growers' words on diagnoses: one a record,
// by its owner, whether the model was right.
//
// Growers add them; administrators list, count and export them. A place is taken
// only with the user's consent. A confidence is a fraction in every answer,
// whatever an app has sent; what a person typed is never a formula in the export.
package confirmations

import (
	"context"

	"mangosense/server/internal/mango"
)

// Store keeps confirmations and knows whom and what they are about; see
// mango.Confirmations.
type Store interface {
	AddConfirmation(ctx context.Context, by mango.Actor, c *mango.Confirmation) (uint64, error)
	PageConfirmations(ctx context.Context, by mango.Actor, f mango.ConfirmationFilter, p mango.Page) (mango.ConfirmationPage, error)
	EachConfirmation(ctx context.Context, by mango.Actor, f mango.ConfirmationFilter, do func(*mango.Confirmation) error) error
	ConfirmationStatistics(ctx context.Context, by mango.Actor) (mango.ConfirmationStatistics, error)
	Record(ctx context.Context, by mango.Actor, id uint64) (*mango.Record, error)
	User(ctx context.Context, by mango.Actor, id uint64) (*mango.User, error)
	CanonicalClass(name string) string
}

// Handlers answer the routes.
type Handlers struct{ Store Store }
