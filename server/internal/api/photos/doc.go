// Package photos answers photos, and gives stored ones back.
package photos

import (
	"context"

	"mangosense/server/internal/auth"
	"mangosense/server/internal/mango"
)

// Store knows whose photos are; see mango.Records.
type Store interface {
	MayPhoto(ctx context.Context, by mango.Actor, name string) error
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
}
