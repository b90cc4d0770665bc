package intake

import (
	"context"
	"errors"

	"mangosense/server/internal/mango"
)

// ErrFormat: the photo is of a format that the request does not take.
var ErrFormat = errors.New("not one of the formats that are taken")

// ownFault reports whether an error is about this one photo: those beside it go
// on.
func ownFault(err error) bool {
	switch mango.CodeOf(err) {
	case mango.InvalidPhoto, mango.TooLarge, mango.WrongType:
		return true
	}
	return false
}

// unstored reports whether an error means that the store, and not the request,
// is at fault and that nothing was stored.
func unstored(err error) bool {
	if err == nil {
		return false
	}
	switch mango.CodeOf(err) {
	case mango.StoreFull, mango.StoreFailed, mango.StoreDown, mango.Timeout:
		return true
	}
	return errors.Is(err, context.DeadlineExceeded)
}
