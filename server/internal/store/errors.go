package store

import (
	"errors"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store/codec"
)

// Errors of Open and of the tools. What a call on a Store returns carries a
// mango code; these are causes to tell apart with errors.Is.
var (
	// ErrLocked: another program has the file open.
	ErrLocked = errors.New("the database is in use by another program")
	// ErrNewer: the file was written by a newer program.
	ErrNewer = codec.ErrNewer
	// ErrDamaged: the file does not pass its checks.
	ErrDamaged = codec.ErrDamaged
	// ErrForeign: a file that is no database of this program.
	ErrForeign = errors.New("the file is no database of this program")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("the store is closed")
	// ErrNoBackup: there is no backup that can be read.
	ErrNoBackup = errors.New("there is no readable backup")

	// errBug: this program panicked; the file is not to blame.
	errBug = errors.New("a fault of the program")
)

func notFound(what string) error { return mango.Errorf(mango.NotFound, "%s not found", what) }

func unauthenticated() error {
	return mango.Errorf(mango.Unauthenticated, "Authentication credentials were not provided.")
}

func down(cause error) error {
	return mango.Wrap(mango.StoreDown, cause, "The server cannot keep records at the moment, so this was not stored. Diagnoses without storing still work.")
}
