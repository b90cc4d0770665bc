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
func webpTensor(photo []byte, h Header, in models.Input, dst []byte) (Timings, error) {
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
	dropAlpha(img)
	t := Timings{Decode: time.Since(start)}
	start = time.Now()
	if planes, ok := img.(*image.YCbCr); ok {
		writePlanes(dst, planes, h.Orientation, in)
	} else {
		shrunk := shrink(img, h.Orientation, in)
		writeUpright(dst, in, h.Orientation, func(at int) (r, g, b byte) {
			p := shrunk.Pix[4*at:]
			return p[0], p[1], p[2]
		})
	}
	t.Resize = time.Since(start)
	return t, nil
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

// writePlanes resamples brightness and the two colour planes each by itself and
// makes RGB of the few pixels that remain: resampling and the change of colour
// space commute, and no RGB picture of the full size is needed.
func writePlanes(dst []byte, img *image.YCbCr, orientation int, in models.Input) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	cw, ch := (w+1)/2, (h+1)/2 // VP8 is always 4:2:0
	plane := func(pix []byte, stride, w, h int) []byte {
		return shrink(&image.Gray{Pix: pix, Stride: stride, Rect: image.Rect(0, 0, w, h)}, orientation, in).Pix
	}
	y := plane(img.Y, img.YStride, w, h)
	u := plane(img.Cb, img.CStride, cw, ch)
	v := plane(img.Cr, img.CStride, cw, ch)
	writeUpright(dst, in, orientation, func(at int) (r, g, b byte) {
		return studioToRGB(y[4*at], u[4*at], v[4*at])
	})
}

// studioToRGB is libwebp's conversion: BT.601 with brightness 16..235. Package
// color has only JPEG's, in which white WebP would be grey.
func studioToRGB(y, u, v byte) (r, g, b byte) {
	yy, uu, vv := 19077*int(y), int(u), int(v) // 14 bits below the point
	return level(yy + 26149*vv - 14234<<8),
		level(yy - 6419*uu - 13320*vv + 8708<<8),
		level(yy + 33050*uu - 17685<<8)
}

func level(x int) byte { return byte(min(max(x>>14, 0), 255)) }
