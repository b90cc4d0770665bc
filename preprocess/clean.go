package preprocess

import (
	"fmt"
	"io"
)

// WriteClean writes the same photo, pixel for pixel, without anything that is
// not the picture: no EXIF, position, XMP, IPTC, comments, colour profile, time,
// thumbnail or second picture, and nothing after its end. Only where the photo
// must be rotated does it put in a minimal EXIF with the orientation alone.
//
// What lies inside the compressed data, after its last pixel, is not looked for.
//
// The photo is Probe's. Nothing is decoded or compressed again. When it fails,
// what was written so far is no photo: throw it away. Errors of the photo wrap
// ErrTruncated or ErrDamaged, others are w's.
func (photo Photo) WriteClean(w io.Writer) error {
	h := photo.Header
	if h.Orientation < 1 || h.Orientation > 8 {
		return fmt.Errorf("cannot clean photo: %w", ErrHeader)
	}
	switch h.Format {
	case JPEG:
		return cleanJPEG(w, photo.Bytes, h)
	case PNG:
		return cleanPNG(w, photo.Bytes, h.Orientation)
	case WebP:
		return cleanWebP(w, photo.Bytes, h)
	}
	return fmt.Errorf("cannot clean photo: %w", ErrHeader)
}

// write is w.Write with an error that says what was going on.
func write(w io.Writer, parts ...[]byte) error {
	for _, b := range parts {
		if _, err := w.Write(b); err != nil {
			return fmt.Errorf("cannot write clean photo: %w", err)
		}
	}
	return nil
}
