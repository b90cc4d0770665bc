package diagnose

import (
	"mangosense/server/internal/mango"
)

// Inspect reads a photo's header, and refuses what Diagnose would refuse by it;
// nothing is decoded. sum is the photo's SHA-256.
//
// Errors carry a mango.Code: InvalidPhoto, TooLarge, Internal.
func (d *Diagnoser) Inspect(file []byte, sum [32]byte) (mango.Photo, error) {
	h := d.heads.get(mango.Leaf)
	if h == nil {
		h = d.heads.get(mango.Fruit)
	}
	if h == nil {
		return mango.Photo{}, mango.Wrap(mango.Internal, ErrNoModel, "The photo could not be looked at.")
	}
	header, err := d.photos.Probe(file, h.Model.Input)
	if err != nil {
		return mango.Photo{}, photoError(err)
	}
	return photo(mango.Request{Photo: file, SHA256: sum}, header), nil
}
