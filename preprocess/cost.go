package preprocess

import "time"

// rate is what decoding costs on the machine that the figures were taken on, in
// nanoseconds. Machines differ by a factor that is much the same for all
// formats: whoever uses the cost measures it.
type rate struct{ pixel, data float64 }

// The rates, for a pixel and for a byte of the file; `make cost` measures processor
// time, sets it beside what they estimate, and says which rates fit best.
var (
	jpegRate        = rate{0.22, 4.3}
	jpegSlowRate    = rate{2.5, 30}    // arithmetic, by libjpeg-turbo
	jpegScanRate    = rate{0.48, 14.7} // a pixel and a scan
	pngRate         = rate{0, 9.3}     // and pngRawRate
	webpRate        = rate{12, 100}
	webpWithoutRate = rate{22, 2} // lossless
)

const (
	pngRawRate = 2.2 // a byte of the unpacked picture
	// interlacedTimes is how much longer seven passes take.
	interlacedTimes = 2
	// fixedCost is what every photo takes: the resampler's and the header's share.
	fixedCost = 500 * time.Microsecond
)

// timeCost estimates the processor time of Tensor from the header.
func timeCost(h Header, photoBytes int64) time.Duration {
	pixels, data := float64(h.Width)*float64(h.Height), float64(photoBytes)
	by := func(r rate) float64 { return r.pixel*pixels + r.data*data }
	var ns float64
	switch h.Format {
	case JPEG:
		switch {
		case h.jpeg.buffered:
			r := jpegScanRate
			r.pixel *= float64(max(h.jpeg.scans, 1))
			ns = by(r)
		case h.jpeg.arithmetic:
			ns = by(jpegSlowRate)
		default:
			ns = by(jpegRate)
		}
	case PNG:
		ns = by(pngRate) + pngRawRate*pixels*float64(h.png.rowBits)/8
		if h.png.interlaced {
			ns *= interlacedTimes
		}
	default:
		if h.webp.lossless {
			ns = by(webpWithoutRate)
		} else {
			ns = by(webpRate)
		}
	}
	return fixedCost + time.Duration(ns)
}
