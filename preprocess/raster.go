package preprocess

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"time"

	"mangosense/models"
	"mangosense/preprocess/turbojpeg"
)

// guarded runs a decoder that is not ours. It makes a panic an error: the
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

// resample makes the tensor of a picture that is no JPEG. row writes the picture's
// y-th row as stored into line, four bytes a pixel.
func (p *Preprocessor) resample(h Header, in models.Input, dst []byte, row func(y int, line []byte) error) (Timings, error) {
	by, err := p.take(false)
	if err != nil {
		return Timings{}, err
	}
	defer p.put(by)
	start := time.Now()
	resize, err := by.decoder.Rows(rowsJob(h, in), dst, row)
	if errors.Is(err, turbojpeg.ErrNoMemory) {
		err = refuse(ErrTooMuchMemory, err)
	}
	return Timings{Decode: time.Since(start) - resize, Resize: resize}, err
}

// rowsJob is what the resampler is to make of a photo's rows.
func rowsJob(h Header, in models.Input) turbojpeg.Job {
	return turbojpeg.Job{
		Width: h.Width, Height: h.Height, Denominator: 1,
		Orientation: h.Orientation, OutWidth: in.Width, OutHeight: in.Height,
	}
}

// rowsDecodeCost is the resampler's share, where rows are handed to it: its own
// and one that is handed over.
func rowsDecodeCost(h Header, in models.Input) int64 {
	return rowsJob(h, in).RowsBytes() + 4*int64(h.Width)
}

// rowsOf gives the rows of a picture of image/png or x/image, alpha dropped, of
// 16 bits the upper eight: what Pillow's convert("RGB") does.
func rowsOf(img image.Image) func(y int, line []byte) error {
	stored := func(pix []byte, stride, step, g, b int) func(y int, line []byte) error {
		return func(y int, line []byte) error {
			spread(line, pix[y*stride:], step, g, b)
			return nil
		}
	}
	switch img := img.(type) {
	case *image.NRGBA:
		return stored(img.Pix, img.Stride, 4, 1, 2)
	case *image.RGBA: // image/png's for pictures without alpha
		return stored(img.Pix, img.Stride, 4, 1, 2)
	case *image.NRGBA64:
		return stored(img.Pix, img.Stride, 8, 2, 4)
	case *image.RGBA64:
		return stored(img.Pix, img.Stride, 8, 2, 4)
	case *image.Gray:
		return stored(img.Pix, img.Stride, 1, 0, 0)
	case *image.Gray16:
		return stored(img.Pix, img.Stride, 2, 0, 0)
	case *image.Paletted:
		colours := opaquePalette(img.Palette)
		return func(y int, line []byte) error {
			for x, at := range img.Pix[y*img.Stride:][:len(line)/4] {
				copy(line[4*x:4*x+3], colours[3*int(at):])
			}
			return nil
		}
	}
	return func(y int, line []byte) error { // no decoder of ours makes another kind
		for x := range len(line) / 4 {
			c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
			line[4*x], line[4*x+1], line[4*x+2] = c.R, c.G, c.B
		}
		return nil
	}
}

// spread takes the red, green and blue of each pixel of step bytes: its first
// byte, and those g and b further on.
func spread(line, row []byte, step, g, b int) {
	for i := range len(line) / 4 {
		p := row[i*step:][:b+1]
		line[4*i], line[4*i+1], line[4*i+2] = p[0], p[g], p[b]
	}
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
