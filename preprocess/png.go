package preprocess

import (
	"errors"
	"image"
	"image/png"
	"io"
	"time"

	"mangosense/models"
)

// pngTensor reads a PNG row by row, or, where it is interlaced, as a whole: its
// first rows come last.
func (p *Preprocessor) pngTensor(photo []byte, h Header, in models.Input, dst []byte) (Timings, error) {
	if !h.png.interlaced {
		return p.rowsTensor(photo, h, in, dst)
	}
	start := time.Now()
	img, err := guarded(func() (image.Image, error) {
		return png.Decode(&pngPicture{photo: photo, next: len(pngSignature), rest: []byte(pngSignature)})
	})
	if err != nil {
		return Timings{}, pngFault(err)
	}
	if b := img.Bounds(); b.Dx() != h.Width || b.Dy() != h.Height {
		return Timings{}, refusef(ErrDamaged, "%v pixels decoded, %d×%d announced", b, h.Width, h.Height)
	}
	decoded := time.Since(start)
	t, err := p.resample(h, in, dst, rowsOf(img))
	t.Decode += decoded
	return t, err
}

// pngDecodeCost is a PNG's part of DecodeBytes.
func pngDecodeCost(h Header, in models.Input) int64 {
	n := 2*(ceil(int64(h.Width)*int64(h.png.rowBits), 8)+1) + fixedBytes // two rows of the file
	if h.png.interlaced {
		// The picture and its passes, as large together.
		n += 2 * int64(h.Width) * int64(h.Height) * int64(h.png.pixelBytes)
	}
	return n + rowsDecodeCost(h, in)
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

// pngPicture is a PNG without its remarks, for image/png, which refuses a picture
// for a damaged one.
type pngPicture struct {
	photo  []byte
	next   int
	rest   []byte // of what was read so far
	colour byte
	data   bool // a chunk of the picture's data has passed
	end    bool
}

func (p *pngPicture) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		if p.end {
			return 0, io.EOF
		}
		c, err := nextPNG(p.photo, p.next, p.data)
		if err != nil {
			return 0, io.ErrUnexpectedEOF
		}
		p.next = c.next
		switch c.kind {
		case "IEND":
			p.rest, p.end = appendChunk(nil, "IEND", nil), true
		case "IHDR":
			p.rest = c.whole
			if len(c.data) == 13 {
				p.colour = c.data[9]
			}
		case "IDAT":
			p.rest, p.data = c.whole, true
		case "PLTE":
			if p.colour == 3 {
				p.rest = c.whole
			}
		default:
			if critical(c.kind) {
				p.rest = c.whole
			}
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}
