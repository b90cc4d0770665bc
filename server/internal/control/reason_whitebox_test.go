package control

import (
	"errors"
	"fmt"
	"testing"

	"mangosense/server/internal/mango"
)

// What the command line prints: no code, and no sentence that was made for a
// client of the server.
func TestReason(t *testing.T) {
	full := mango.Wrap(mango.StoreFull, errors.New("write x.db: no space left on device"),
		"There is no room left on the disk, so this was not stored. Diagnoses without storing still work.")
	down := mango.Wrap(mango.StoreDown, fmt.Errorf("cannot open: %w", full), "The server cannot keep records at the moment.")
	for want, err := range map[string]error{
		"no such file": errors.New("no such file"),
		"cannot back up the database: there is not enough free space on the disk: write x.db: no space left on device": fmt.Errorf("cannot back up the database: %w", full),
		"cannot open: there is not enough free space on the disk: write x.db: no space left on device":                 down,
		"the photo is incomplete: its end is missing":                                                                  mango.Errorf(mango.InvalidPhoto, "The photo is incomplete: its end is missing. Please send it again."),
		"the photo is damaged and cannot be read. Please take or save it again":                                        mango.Errorf(mango.InvalidPhoto, "The photo is damaged and cannot be read. Please take or save it again."),
		"HEIC and AVIF photos cannot be read":                                                                          mango.Errorf(mango.InvalidPhoto, "HEIC and AVIF photos cannot be read. Please save or share the photo as JPEG and send it again."),
		"an account with this username already exists":                                                                 mango.Errorf(mango.Conflict, "An account with this username already exists."),
		"a username must have 1 to 150 characters":                                                                     mango.Errorf(mango.Invalid, "A username must have 1 to 150 characters."),
		"first\nthere is not enough free space on the disk: write x.db: no space left on device":                       errors.Join(errors.New("first"), full),
		"the library gave up": mango.Wrap(mango.Internal, errors.New("the library gave up"), "The photo could not be diagnosed. Please try again."),
	} {
		if got := forOperator(err); got != want {
			t.Errorf("%v\n is %q\nwant %q", err, got, want)
		}
	}
}
