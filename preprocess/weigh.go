package preprocess

import "mangosense/models"

// weigh foretells what Tensor takes at its peak, every buffer in Go and C but
// the photo and the tensor. A test measures it.
func weigh(h Header, photoBytes int64, in models.Input) int64 {
	switch h.Format {
	case JPEG:
		return weighJPEG(h, photoBytes, in)
	case PNG:
		return weighPNG(h, in)
	default:
		return weighWebP(h, in)
	}
}

// fixedBytes is what every decode costs whatever its size: tables, windows.
const fixedBytes = 256 << 10

func weighJPEG(h Header, photoBytes int64, in models.Input) int64 {
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

func weighPNG(h Header, in models.Input) int64 {
	n := 2*(ceil(int64(h.Width)*int64(h.png.rowBits), 8)+1) + fixedBytes // two rows of the file
	if !h.png.interlaced {
		return n + weighRows(h, in)
	}
	// The picture and its passes, as large together.
	n += 2 * int64(h.Width) * int64(h.Height) * int64(h.png.pixelBytes)
	return n + weighRows(h, in)
}

func weighWebP(h Header, in models.Input) int64 {
	if h.webp.lossless {
		return h.webp.bytes + weighRows(h, in) + fixedBytes
	}
	blocks := ceil(int64(h.Width), 16) * ceil(int64(h.Height), 16)
	n := blocks*16*16*3/2 + fixedBytes
	if !byPlanes(h, in) {
		return n + weighRows(h, in)
	}
	return n + weighShrink(h.Width, h.Height, h.Orientation, in) +
		2*weighShrink((h.Width+1)/2, (h.Height+1)/2, h.Orientation, in)
}

// weighShrink is imaging's share: the half-way picture, the small one, and the
// weights, index and number for each.
func weighShrink(srcW, srcH, orientation int, in models.Input) int64 {
	w, h := stored(in, orientation)
	half := int64(w) * int64(srcH)
	if verticalFirst(srcW, srcH, w, h) {
		half = int64(h) * int64(srcW)
	}
	lines := int64(srcW + srcH)
	return 4*half + 4*int64(w*h) + 36*lines + 128*int64(w+h)
}

func ceil(n, by int64) int64 { return (n + by - 1) / by }
