package repair

import (
	"errors"
	"fmt"

	"mangosense/server/internal/store/codec"
)

var (
	// ErrOvertaken: the state that was to be verified is not in the file any more.
	ErrOvertaken = errors.New("two commits passed before the check began")

	// ErrCircle: a page is led to twice, so that whoever goes down may never arrive.
	ErrCircle = fmt.Errorf("%w: pages lead in a circle, or to one page twice", codec.ErrDamaged)

	errNotRegular = errors.New("it is a folder, a pipe or a device, not a file")
	errNoMeta     = fmt.Errorf("%w: neither of its first two pages is valid", codec.ErrDamaged)
)
