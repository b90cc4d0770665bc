package preprocess

import (
	"fmt"
	"image"
	"image/color"

	"github.com/disintegration/imaging"

	"mangosense/models"
)

// guarded runs a decoder that is not ours. It turns a panic into an error: the
// bytes come from strangers, and a bug in a decoder must cost one photo, not the
// server.
func guarded(decode func() (image.Image, error)) (img image.Image, err error) {
	defer func() {
		if r := recover(); r != nil {
			img, err = nil, fmt.Errorf("the decoder panicked: %v", r)
		}
	}()
	return decode()
}

// writePicture resamples a decoded, opaque picture into the tensor, turned.
func writePicture(dst []byte, img image.Image, orientation int, in models.Input) {
	shrunk := shrink(img, orientation, in)
	writeUpright(dst, in, orientation, func(at int) (r, g, b byte) {
		p := shrunk.Pix[4*at:]
		return p[0], p[1], p[2]
	})
}

// shrink resamples a decoded picture to the input's size, not yet turned. It
// takes the axes in Pillow's order unless the picture is so tall that the
// half-way result would be larger than it must be.
func shrink(img image.Image, orientation int, in models.Input) *image.NRGBA {
	w, h := stored(in, orientation)
	b := img.Bounds()
	if verticalFirst(b.Dx(), b.Dy(), w, h) {
		img = imaging.Resize(img, b.Dx(), h, imaging.Linear)
	}
	return imaging.Resize(img, w, h, imaging.Linear)
}

func verticalFirst(srcW, srcH, w, h int) bool {
	return int64(w)*int64(srcH) > 4*int64(h)*int64(srcW)
}

// stored is the size of the input as the picture lies in the file.
func stored(in models.Input, orientation int) (width, height int) {
	if orientation >= 5 {
		return in.Height, in.Width
	}
	return in.Width, in.Height
}

// writeUpright copies a resampled picture into the tensor, turned. pixel gives
// the colour at an index of the picture as stored, rows from the top.
func writeUpright(dst []byte, in models.Input, orientation int, pixel func(at int) (r, g, b byte)) {
	w, h := stored(in, orientation)
	base, right, below := turned(orientation, in.Width, in.Height)
	for y := range h {
		to := base + y*below
		for x := range w {
			r, g, b := pixel(y*w + x)
			dst[3*to], dst[3*to+1], dst[3*to+2] = r, g, b
			to += right
		}
	}
}

// turned says where the stored picture's first pixel lands in the upright one,
// and how many pixels a step to the right and a step down lead from there.
func turned(orientation, width, height int) (base, right, below int) {
	lastX, lastY := width-1, (height-1)*width
	switch orientation {
	case 2:
		return lastX, -1, width
	case 3:
		return lastX + lastY, -1, -width
	case 4:
		return lastY, 1, -width
	case 5:
		return 0, width, 1
	case 6:
		return lastX, width, -1
	case 7:
		return lastX + lastY, -width, -1
	case 8:
		return lastY, -width, 1
	}
	return 0, 1, width
}

// opaquePalette has a colour for every index a byte can hold: imaging takes them
// from the palette without looking, in goroutines whose panics nobody catches.
func opaquePalette(p color.Palette) color.Palette {
	full := make(color.Palette, 256)
	for i := range full {
		c := color.NRGBA{A: 0xff}
		if i < len(p) {
			// Not RGBA(): that multiplies by alpha, and colours under alpha 0
			// would be lost.
			switch q := p[i].(type) {
			case color.NRGBA:
				c.R, c.G, c.B = q.R, q.G, q.B
			case color.RGBA:
				c.R, c.G, c.B = q.R, q.G, q.B
			}
		}
		full[i] = c
	}
	return full
}
