package diagnose

import (
	"crypto/sha256"

	"mangosense/preprocess"
	"mangosense/server/internal/mango"
)

// Probe reads a photo's header, once for everything that is done with it
// afterwards; nothing is decoded. sum is its SHA-256, zero where nobody knows it:
// then its answer is not cached.
//
// Errors carry a mango.Code: InvalidPhoto, TooLarge.
func (d *Diagnoser) Probe(photo []byte, sum [32]byte) (preprocess.Photo, error) {
	p, err := d.photos.Probe(photo)
	if err != nil {
		return p, photoError(err)
	}
	p.SHA256 = sum
	return p, nil
}

// Inspect is what a record says of a photo. It refuses what Diagnose would refuse
// by the photo's header.
//
// Errors carry a mango.Code: InvalidPhoto, Internal.
func (d *Diagnoser) Inspect(photo preprocess.Photo) (mango.Photo, error) {
	h := d.heads.get(mango.Leaf)
	if h == nil {
		h = d.heads.get(mango.Fruit)
	}
	if h == nil {
		return mango.Photo{}, mango.Wrap(mango.Internal, ErrNoModel, "The photo could not be looked at.")
	}
	if _, err := d.photos.DecodeBytes(photo, h.Model.Input); err != nil {
		return mango.Photo{}, photoError(err)
	}
	return record(photo), nil
}

// record is what a record says of a photo.
func record(photo preprocess.Photo) mango.Photo {
	p := mango.Photo{SHA256: photo.SHA256, Format: photo.Format.String(), Bytes: int64(len(photo.Bytes))}
	p.Width, p.Height = photo.Upright()
	if p.SHA256 == [32]byte{} {
		p.SHA256 = sha256.Sum256(photo.Bytes)
	}
	return p
}
