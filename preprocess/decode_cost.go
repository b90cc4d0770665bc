package preprocess

import (
	"fmt"

	"mangosense/models"
)

// DecodeBytes is the memory that Tensor takes for a photo and an input at its
// peak: every buffer in Go and C but the photo and the tensor. A photo that takes
// more than Config.MaxDecodeBytes is refused with ErrTooMuchMemory; ErrSpec says
// that the input cannot be served.
func (p *Preprocessor) DecodeBytes(photo Photo, in models.Input) (int64, error) {
	if err := checkSpec(in); err != nil {
		return 0, err
	}
	h := photo.Header
	n := decodeCost(h, int64(len(photo.Bytes)), in)
	if limit := p.cfg.MaxDecodeBytes; limit > 0 && n > limit {
		return 0, refuseSaying(ErrTooMuchMemory,
			fmt.Errorf("%s of %d×%d needs %d bytes, limit %d", h.Format, h.Width, h.Height, n, limit), heavy(h, n, limit))
	}
	return n, nil
}

// decodeCost is what a test measures.
func decodeCost(h Header, photoBytes int64, in models.Input) int64 {
	switch h.Format {
	case JPEG:
		return jpegDecodeCost(h, photoBytes, in)
	case PNG:
		return pngDecodeCost(h, in)
	default:
		return webpDecodeCost(h, in)
	}
}

// fixedBytes is what every decode costs whatever its size: tables, windows.
const fixedBytes = 256 << 10

func jpegDecodeCost(h Header, photoBytes int64, in models.Input) int64 {
	job := jpegJob(h, in)
	n := job.PictureBytes() + fixedBytes
	maxH, maxV := int64(1), int64(1)
	for _, s := range h.jpeg.sampling[:h.jpeg.components] {
		maxH, maxV = max(maxH, int64(s>>4)), max(maxV, int64(s&15))
	}
	for _, s := range h.jpeg.sampling[:h.jpeg.components] {
		// Blocks of 8 × 8 coefficients, whole MCUs.
		wide := ceil(int64(h.Width), 8*maxH) * int64(s>>4)
		high := ceil(int64(h.Height), 8*maxV) * int64(s&15)
		if h.jpeg.buffered {
			n += wide * high * 64 * 2
		}
		// Rows on their way from the transform to RGB, a few MCU rows high.
		n += wide * 8 / int64(job.Denominator) * 8 * maxV * 5
	}
	if h.jpeg.untidy || h.jpeg.open {
		n += photoBytes + 64 // the copy of a file that breaks the rules
	}
	// Weights and bounds of the resampler.
	return n + 16*int64(h.Width+h.Height)/int64(job.Denominator)
}

func pngDecodeCost(h Header, in models.Input) int64 {
	n := 2*(ceil(int64(h.Width)*int64(h.png.rowBits), 8)+1) + fixedBytes // two rows of the file
	if h.png.interlaced {
		// The picture and its passes, as large together.
		n += 2 * int64(h.Width) * int64(h.Height) * int64(h.png.pixelBytes)
	}
	return n + rowsDecodeCost(h, in)
}

func webpDecodeCost(h Header, in models.Input) int64 {
	n := h.webp.bytes
	if !h.webp.lossless {
		blocks := ceil(int64(h.Width), 16) * ceil(int64(h.Height), 16)
		n = blocks * 16 * 16 * 3 / 2
	}
	return n + rowsDecodeCost(h, in) + fixedBytes
}

// rowsDecodeCost is the resampler's share, where rows are handed to it: its own
// and one that is handed over.
func rowsDecodeCost(h Header, in models.Input) int64 {
	return rowsJob(h, in).RowsBytes() + 4*int64(h.Width)
}

func ceil(n, by int64) int64 { return (n + by - 1) / by }
