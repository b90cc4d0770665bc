package preprocess

import (
	"fmt"
	"sync"

	"mangosense/models"
	"mangosense/preprocess/turbojpeg"
)

// Config bounds what is accepted. The zero value of a field means its default.
type Config struct {
	MaxBytes  int64 // of the file; 10 MiB
	MaxPixels int64 // width × height; 50 million
	// MaxDecodeBytes refuses a photo whose decoding would take more memory.
	// Default: no such bound, the caller weighs photos himself.
	MaxDecodeBytes int64
	// Decoders is how many idle JPEG decoders are kept; 4. Each holds 300 to 400 KB.
	Decoders int
}

const (
	defaultMaxBytes  = 10 << 20
	defaultMaxPixels = 50_000_000
	defaultDecoders  = 4

	// largestSide is a bound on the input's sides, not on the photo's.
	largestSide = 4096
)

// Preprocessor holds the limits and the idle decoders.
type Preprocessor struct {
	cfg Config

	mu     sync.Mutex
	idle   []*turbojpeg.Decoder // used as a stack: the warmest first
	closed bool
}

// New makes a Preprocessor. It owns C memory: Close it.
func New(cfg Config) (*Preprocessor, error) {
	if cfg.MaxBytes < 0 || cfg.MaxPixels < 0 || cfg.MaxDecodeBytes < 0 || cfg.Decoders < 0 {
		return nil, fmt.Errorf("cannot make a preprocessor of %+v: %w", cfg, ErrConfig)
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = defaultMaxBytes
	}
	if cfg.MaxPixels == 0 {
		cfg.MaxPixels = defaultMaxPixels
	}
	if cfg.Decoders == 0 {
		cfg.Decoders = defaultDecoders
	}
	// One decoder at once: a missing or too old library shows here, not with
	// the first photo.
	d, err := turbojpeg.New()
	if err != nil {
		return nil, fmt.Errorf("cannot make a preprocessor: %w", err)
	}
	p := &Preprocessor{cfg: cfg, idle: make([]*turbojpeg.Decoder, 0, cfg.Decoders)}
	p.idle = append(p.idle, d)
	return p, nil
}

// Close frees the idle decoders; those in use are freed when their call ends.
// Afterwards Tensor fails with ErrClosed for JPEG. Further calls do nothing.
func (p *Preprocessor) Close() error {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, d := range idle {
		d.Close()
	}
	return nil
}

// take gives a decoder to one call; put takes it back.
func (p *Preprocessor) take() (*turbojpeg.Decoder, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	if n := len(p.idle); n > 0 {
		d := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return d, nil
	}
	p.mu.Unlock()
	return turbojpeg.New()
}

func (p *Preprocessor) put(d *turbojpeg.Decoder) {
	p.mu.Lock()
	if !p.closed && len(p.idle) < p.cfg.Decoders {
		p.idle = append(p.idle, d)
		d = nil
	}
	p.mu.Unlock()
	if d != nil {
		d.Close()
	}
}

// checkSpec refuses inputs that this package does not know how to make. A new
// fit or filter is added here and in the two resampling paths.
func checkSpec(in models.Input) error {
	switch {
	case in.Width < 1 || in.Height < 1 || in.Width > largestSide || in.Height > largestSide:
	case in.Channels != 3 || in.Layout != "NHWC" || in.DType != "uint8" || in.Colour != "RGB":
	case in.Resize.Fit != "stretch" || in.Resize.Filter != "triangle":
	default:
		return nil
	}
	return fmt.Errorf("cannot make %+v: %w", in, ErrSpec)
}
