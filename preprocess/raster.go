package preprocess

import (
	"fmt"
	"image"
	"image/color"
	"sync"

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

// shrinkers are spare buffers, for one picture after the other.
var shrinkers = sync.Pool{New: func() any { return &rowShrink{} }}

// writePicture resamples a decoded picture into the tensor, turned. rgb writes
// its y-th row.
func writePicture(dst []byte, h Header, in models.Input, rgb func(y int, line []byte)) {
	s := shrinkers.Get().(*rowShrink)
	defer shrinkers.Put(s)
	s.begin(h, in, dst)
	row := sized(s.row, 3*h.Width)
	s.row = row
	for y := range h.Height {
		rgb(y, row)
		s.add(row)
	}
	s.dst = nil // keep no tensor alive
}

// rowsOf gives the rows of a picture of image/png or x/image, alpha dropped, of
// 16 bits the upper eight: what Pillow's convert("RGB") does.
func rowsOf(img image.Image) func(y int, line []byte) {
	plain := func(pix []byte, stride, step, g, b int) func(y int, line []byte) {
		return func(y int, line []byte) { spread(line, pix[y*stride:], step, g, b) }
	}
	switch img := img.(type) {
	case *image.NRGBA:
		return plain(img.Pix, img.Stride, 4, 1, 2)
	case *image.RGBA: // image/png's for pictures without alpha
		return plain(img.Pix, img.Stride, 4, 1, 2)
	case *image.NRGBA64:
		return plain(img.Pix, img.Stride, 8, 2, 4)
	case *image.RGBA64:
		return plain(img.Pix, img.Stride, 8, 2, 4)
	case *image.Gray:
		return plain(img.Pix, img.Stride, 1, 0, 0)
	case *image.Gray16:
		return plain(img.Pix, img.Stride, 2, 0, 0)
	case *image.Paletted:
		colours := opaquePalette(img.Palette)
		return func(y int, line []byte) {
			for x, at := range img.Pix[y*img.Stride:][:len(line)/3] {
				copy(line[3*x:3*x+3], colours[3*int(at):])
			}
		}
	case *image.YCbCr: // a lossy WebP's
		return func(y int, line []byte) { upsample(line, img, y) }
	}
	return func(y int, line []byte) { // no decoder of ours makes another kind
		for x := range len(line) / 3 {
			c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
			line[3*x], line[3*x+1], line[3*x+2] = c.R, c.G, c.B
		}
	}
}

// spread takes the red, green and blue of each pixel of step bytes: its first
// byte, and those g and b further on.
func spread(line, row []byte, step, g, b int) {
	for i := range len(line) / 3 {
		p := row[i*step:][:b+1]
		line[3*i], line[3*i+1], line[3*i+2] = p[0], p[g], p[b]
	}
}

// shrink resamples one plane to the input's size, not yet turned. It
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

// opaquePalette has the three levels of every index a byte can hold: pixels of
// bad files ask for more colours than there are.
func opaquePalette(p color.Palette) *[3 * 256]byte {
	var full [3 * 256]byte
	for i, c := range p {
		// Not RGBA(): that multiplies by alpha, and colours under alpha 0
		// would be lost.
		switch c := c.(type) {
		case color.NRGBA:
			copy(full[3*i:], []byte{c.R, c.G, c.B})
		case color.RGBA:
			copy(full[3*i:], []byte{c.R, c.G, c.B})
		}
	}
	return &full
}
