package disk

import (
	"errors"
	"syscall"

	"mangosense/server/internal/mango"
)

// Full reports whether an error means that there is no space.
func Full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// Fault maps a disk error to one that a caller may show: StoreFull
// when there is no space, StoreFailed otherwise. An error that has a code
// already keeps it; nil stays nil.
func Fault(err error) error {
	var coded *mango.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &coded):
		return err
	case Full(err):
		return mango.Wrap(mango.StoreFull, err, "There is no room left on the disk, so this was not stored. Diagnoses without storing still work.")
	case errors.Is(err, syscall.EROFS):
		return mango.Wrap(mango.StoreFailed, err, "The disk cannot be written (it is read-only), so this was not stored. Diagnoses without storing still work.")
	default:
		return mango.Wrap(mango.StoreFailed, err, "The disk did not take this, so it was not stored. Please try again.")
	}
}
