package codec

import (
	"errors"
	"fmt"
)

var (
	// ErrDamaged: the stored bytes are not what was written.
	ErrDamaged = errors.New("the database is damaged")
	// ErrNewer: the value was written by a newer program.
	ErrNewer = errors.New("the database was written by a newer version of this program; install that version or restore an older backup")

	errSeal  = fmt.Errorf("%w: a stored value does not match its checksum", ErrDamaged)
	errShort = fmt.Errorf("%w: a stored value is cut short", ErrDamaged)
)
