// Package photos answers photos: a diagnosis of one, or of several of one tree;
// and gives stored ones back.
//
// It makes a request of a form and an answer of a result: the steps between are
// package intake's. A photo that should have been stored and was not is answered
// all the same, and the answer says so. What an app sends beside the photo is
// taken where it can be read and left out where not: a saved analysis is worth
// more than its symptom list. A place is taken only from who did not refuse it.
//
// Caveats. A photo's bytes belong to the form and are gone when the handler
// returns.
package photos

import (
	"context"

	"mangosense/server/internal/auth"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// Store knows whose photos are, and the words of an answer; see mango.Records and
// mango.Words.
type Store interface {
	MayPhoto(ctx context.Context, by mango.Actor, name string) error
	AdviceOf(disease string, part mango.Kind) mango.Advice
	CanonicalClass(name string) string
}

// Photos opens stored photos; see mango.Photos.
type Photos interface {
	OpenPhoto(name string) (mango.PhotoFile, error)
}

// Handlers answer the routes.
type Handlers struct {
	Store    Store
	Photos   Photos
	Accounts *auth.Accounts
	Intake   *intake.Intake
	// Thumb is a small picture of a stored photo, a JPEG; nil: photos come whole.
	Thumb func(ctx context.Context, photo string, hold func(bytes int64) error) ([]byte, error)
	// BadField counts the fields of forms that were left out; may be nil.
	BadField func(name string)
}

func (h *Handlers) badField(name string) {
	if h.BadField != nil {
		h.BadField(name)
	}
}
