package preprocess

import (
	"fmt"
	"time"

	"mangosense/models"
)

// Timings say where the time of one photo went.
type Timings struct {
	Decode time.Duration // to RGB pixels, at the scale that was chosen
	Resize time.Duration // rotation and resampling
}

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

func ceil(n, by int64) int64 { return (n + by - 1) / by }

// Tensor decodes a photo and writes the model's input into dst: RGB levels
// 0..255, upright, rows from the top, NHWC with N = 1; len(dst) must be
// in.Bytes(). The uint8 models take these levels as they are: Keras' scaling to
// −1..1 lies in the quantisation of their input.
//
// photo is Probe's, and DecodeBytes has admitted it. In steady state nothing is
// allocated in Go for JPEG, except for files that break the rules but can be read,
// and a few hundred bytes for PNG that is not interlaced.
// Errors of the photo wrap ErrDamaged, ErrTruncated, ErrUnsupported or
// ErrTooMuchMemory; dst is then undefined.
func (p *Preprocessor) Tensor(photo Photo, in models.Input, dst []byte) (Timings, error) {
	if err := checkSpec(in); err != nil {
		return Timings{}, err
	}
	if len(dst) != in.Bytes() {
		return Timings{}, fmt.Errorf("cannot write tensor of %d bytes into %d: %w", in.Bytes(), len(dst), ErrTensor)
	}
	h := photo.Header
	if h.Width < 1 || h.Height < 1 || h.Orientation < 1 || h.Orientation > 8 {
		return Timings{}, fmt.Errorf("cannot make tensor: %w", ErrHeader)
	}
	switch h.Format {
	case JPEG:
		return p.jpegTensor(photo.Bytes, h, in, dst)
	case PNG:
		return p.pngTensor(photo.Bytes, h, in, dst)
	case WebP:
		return p.webpTensor(photo.Bytes, h, in, dst)
	}
	return Timings{}, fmt.Errorf("cannot make tensor: %w", ErrHeader)
}
