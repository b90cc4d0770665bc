package preprocess

import (
	"fmt"
	"io"

	"mangosense/models"
)

// WriteClean writes the same photo, pixel for pixel, without anything that is
// not the picture: no EXIF, position, XMP, IPTC, comments, colour profile, time,
// thumbnail or second picture, and nothing after its end. Only where the photo
// must be rotated does it put in a minimal EXIF with the orientation alone.
//
// What lies inside the compressed data, after its last pixel, is not looked for.
//
// h is Probe's for this photo. Nothing is decoded or compressed again. When it
// fails, what was written so far is no photo: throw it away. Errors of the photo
// wrap ErrTruncated or ErrDamaged, others are w's.
func (p *Preprocessor) WriteClean(w io.Writer, photo []byte, h Header) error {
	if h.Orientation < 1 || h.Orientation > 8 {
		return fmt.Errorf("cannot clean photo: %w", ErrHeader)
	}
	switch h.Format {
	case JPEG:
		return cleanJPEG(w, photo, h)
	case PNG:
		return cleanPNG(w, photo, h.Orientation)
	case WebP:
		return cleanWebP(w, photo, h)
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

// Cleaner writes photos clean that nothing is known of yet but their bytes. in is
// any model's input: Probe foretells costs for it.
func (p *Preprocessor) Cleaner(in models.Input) func(w io.Writer, photo []byte) error {
	return func(w io.Writer, photo []byte) error {
		h, err := p.Probe(photo, in)
		if err != nil {
			return err
		}
		return p.WriteClean(w, photo, h)
	}
}
