package preprocess

import (
	"bytes"
	"errors"
	"image"
	"io"
	"time"

	"golang.org/x/image/vp8"
	"golang.org/x/image/vp8l"

	"mangosense/models"
)

// webpTensor hands the decoders the picture's own chunk. An alpha chunk beside
// it is never decoded: alpha is dropped anyway.
func (p *Preprocessor) webpTensor(photo []byte, h Header, in models.Input, dst []byte) (Timings, error) {
	end := h.webp.from + h.webp.size
	if h.webp.from < 0 || h.webp.size < 1 || end > len(photo) {
		return Timings{}, refusef(ErrDamaged, "a picture of %d bytes at %d of %d", h.webp.size, h.webp.from, len(photo))
	}
	data := photo[h.webp.from:end]
	start := time.Now()
	img, err := guarded(func() (image.Image, error) {
		if h.webp.lossless {
			return vp8l.Decode(bytes.NewReader(data))
		}
		return decodeVP8(data)
	})
	if err != nil {
		return Timings{}, webpFault(err)
	}
	if b := img.Bounds(); b.Dx() != h.Width || b.Dy() != h.Height {
		return Timings{}, refusef(ErrDamaged, "%v pixels decoded, %d×%d announced", b, h.Width, h.Height)
	}
	decoded := time.Since(start)
	t, err := p.webpRows(img, h, in, dst)
	t.Decode += decoded
	return t, err
}

// webpDecodeCost is a WebP's part of DecodeBytes.
func webpDecodeCost(h Header, in models.Input) int64 {
	n := h.webp.bytes
	if !h.webp.lossless {
		blocks := ceil(int64(h.Width), 16) * ceil(int64(h.Height), 16)
		n = blocks * 16 * 16 * 3 / 2
	}
	return n + rowsDecodeCost(h, in) + fixedBytes
}

func decodeVP8(data []byte) (image.Image, error) {
	d := vp8.NewDecoder()
	d.Init(bytes.NewReader(data), len(data))
	if _, err := d.DecodeFrameHeader(); err != nil {
		return nil, err
	}
	img, err := d.DecodeFrame()
	if err != nil {
		return nil, err // not img: a typed nil would not be nil
	}
	return img, nil
}

func webpFault(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return refuse(ErrTruncated, err)
	}
	return refuse(ErrDamaged, err)
}
