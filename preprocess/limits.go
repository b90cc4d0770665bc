package preprocess

import "fmt"

// What a picture may have of pixels follows from how it is read. A baseline JPEG
// is read in passing, at an eighth of its sides: 400 KB and some hundred
// milliseconds whatever phone took it. Every other encoding is inflated or held
// whole.
const (
	passingPixels = 1 << 28 // 268 million: the 200 MP of phones, and some more
	wholePixels   = 1 << 26 // 67 million: 8192×8192, the 64 MP of phones
)

// maxSide is libjpeg's limit, kept for all formats.
const maxSide = 65500

// pixelLimit is the most pixels that a photo of this encoding may have.
func (p *Preprocessor) pixelLimit(h Header) int64 {
	switch {
	case p.cfg.MaxPixels > 0:
		return p.cfg.MaxPixels
	case h.Format == JPEG && !h.jpeg.buffered:
		return passingPixels
	}
	return wholePixels
}

func (p *Preprocessor) checkPixels(h Header) error {
	if h.Width < 1 || h.Height < 1 {
		return refusef(ErrDamaged, "the picture is %d×%d pixels", h.Width, h.Height)
	}
	if h.Width > maxSide || h.Height > maxSide {
		return refuseSaying(ErrTooManyPixels, fmt.Errorf("%d×%d pixels", h.Width, h.Height),
			fmt.Sprintf("The photo has a side of more than %d pixels. Please make it smaller and send it again.", maxSide))
	}
	limit := p.pixelLimit(h)
	if int64(h.Width)*int64(h.Height) <= limit {
		return nil
	}
	return refuseSaying(ErrTooManyPixels,
		fmt.Errorf("%d×%d pixels, limit %d", h.Width, h.Height, limit),
		fmt.Sprintf("The photo has %s, and of a %s at most %s are read. Please %s and send it again.",
			pixels(int64(h.Width)*int64(h.Height)), h.encoding(), pixels(limit), h.remedy(p.cfg.MaxPixels == 0)))
}

// heavy says of a photo that it takes more memory than the limit, both in bytes.
func heavy(h Header, needs, limit int64) string {
	return fmt.Sprintf("Reading this %s of %s takes %s of memory, and this server sets aside %s. Please %s and send it again.",
		h.encoding(), pixels(int64(h.Width)*int64(h.Height)), megabytes(needs), megabytes(limit), h.remedy(true))
}

// encoding names how a photo is written, as far as it matters to its cost.
func (h Header) encoding() string {
	switch {
	case h.Format == PNG:
		return "PNG"
	case h.Format == WebP:
		return "WebP"
	case h.jpeg.progressive:
		return "progressive JPEG"
	case h.jpeg.buffered:
		return "JPEG in several scans"
	}
	return "JPEG"
}

// remedy is what to do about a photo that costs too much. Where the limit is that
// of the encoding, an ordinary JPEG helps too.
func (h Header) remedy(encoding bool) string {
	if !encoding || h.Format == JPEG && !h.jpeg.buffered {
		return "make it smaller"
	}
	return "save it as an ordinary (baseline) JPEG, or make it smaller,"
}

func pixels(n int64) string {
	if n < 1e5 {
		return fmt.Sprintf("%d pixels", n)
	}
	return trimmed(float64(n)/1e6) + " million pixels"
}

func megabytes(n int64) string { return trimmed(float64(n)/(1<<20)) + " MB" }

// trimmed writes a number with at most one decimal.
func trimmed(x float64) string {
	if x == float64(int64(x)) {
		return fmt.Sprintf("%d", int64(x))
	}
	return fmt.Sprintf("%.1f", x)
}
