package preprocess

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"io"
	"time"

	"mangosense/models"
)

// pngTensor reads a PNG row by row, or, where it is interlaced, as a whole: its
// first rows come last.
func pngTensor(photo []byte, h Header, in models.Input, dst []byte) (Timings, error) {
	start := time.Now()
	if !h.png.interlaced {
		err := rowsTensor(photo, h, in, dst)
		return Timings{Decode: time.Since(start)}, err
	}
	img, err := guarded(func() (image.Image, error) { return png.Decode(bytes.NewReader(photo)) })
	if err != nil {
		return Timings{}, pngFault(err)
	}
	if b := img.Bounds(); b.Dx() != h.Width || b.Dy() != h.Height {
		return Timings{}, refusef(ErrDamaged, "%v pixels decoded, %d×%d announced", b, h.Width, h.Height)
	}
	t := Timings{Decode: time.Since(start)}
	start = time.Now()
	writePicture(dst, h, in, rowsOf(img))
	t.Resize = time.Since(start)
	return t, nil
}

func pngFault(err error) error {
	var unsupported png.UnsupportedError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return refuse(ErrTruncated, err)
	case errors.As(err, &unsupported):
		return refuse(ErrUnsupported, err)
	}
	return refuse(ErrDamaged, err)
}
