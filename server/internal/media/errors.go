package media

import (
	"errors"

	"mangosense/server/internal/mango"
)

// ErrClosed is the cause of an error after Close.
var ErrClosed = errors.New("media room is closed")

var errNoPhoto = mango.Errorf(mango.NotFound, "There is no such photo.")
