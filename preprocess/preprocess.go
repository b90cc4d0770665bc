package preprocess

import (
	"fmt"
	"runtime"
	"sync"

	"mangosense/models"
	"mangosense/preprocess/turbojpeg"
)

// Config bounds what is accepted. The zero value of a field means its default.
type Config struct {
	MaxBytes  int64 // of the file; 10 MiB
	MaxPixels int64 // width × height; by the encoding, see limits.go
	// MaxDecodeBytes refuses a photo whose decoding would take more memory.
	// Zero: unlimited; the caller must bound decode memory.
	MaxDecodeBytes int64
	// Decoders is how many idle JPEG decoders are kept; 4. Each holds 300 to 400 KB.
	Decoders int
	// Cores is the number of processor cores; GOMAXPROCS. With spare cores, one JPEG
	// is decoded by two goroutines: turbojpeg.Speculator.
	Cores int
	// Alone says whether a photo that is about to be decoded is the only one under
	// way. Default: when no other JPEG is being decoded.
	Alone func() bool
}

const (
	defaultMaxBytes = 10 << 20
	defaultDecoders = 4

	// largestSide is a bound on the input's sides, not on the photo's.
	largestSide = 4096
)

// Preprocessor holds the limits and the idle decoders.
type Preprocessor struct {
	cfg Config

	mu         sync.Mutex
	idle       []*turbojpeg.Decoder  // used as a stack: the warmest first
	busy       int                   // decoders that were taken
	speculator *turbojpeg.Speculator // nil: taken, or not made yet
	closed     bool
}

// New makes a Preprocessor. It owns C memory: Close it.
func New(cfg Config) (*Preprocessor, error) {
	if cfg.MaxBytes < 0 || cfg.MaxPixels < 0 || cfg.MaxDecodeBytes < 0 || cfg.Decoders < 0 || cfg.Cores < 0 {
		return nil, fmt.Errorf("cannot make a preprocessor of %+v: %w", cfg, ErrConfig)
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = defaultMaxBytes
	}
	if cfg.Decoders == 0 {
		cfg.Decoders = defaultDecoders
	}
	if cfg.Cores == 0 {
		cfg.Cores = runtime.GOMAXPROCS(0)
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
// Afterwards Tensor fails with ErrClosed. Further calls do nothing.
func (p *Preprocessor) Close() error {
	p.mu.Lock()
	idle, speculator := p.idle, p.speculator
	p.idle, p.speculator, p.closed = nil, nil, true
	p.mu.Unlock()
	for _, d := range idle {
		d.Close()
	}
	tools{speculator: speculator}.close()
	return nil
}

// tools is what one call decodes a JPEG with.
type tools struct {
	decoder    *turbojpeg.Decoder
	speculator *turbojpeg.Speculator // nil: no core is free for it
}

func (t tools) close() {
	if t.decoder != nil {
		t.decoder.Close()
	}
	if t.speculator != nil {
		t.speculator.Close()
	}
}

// take gives tools to one call; put takes them back. large says whether the photo is
// one that a speculative decoder helps with.
func (p *Preprocessor) take(large bool) (t tools, err error) {
	alone := large && p.cfg.Cores > 1 && (p.cfg.Alone == nil || p.cfg.Alone())
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return t, ErrClosed
	}
	if n := len(p.idle); n > 0 {
		t.decoder = p.idle[n-1]
		p.idle = p.idle[:n-1]
	}
	if alone = alone && p.busy == 0; alone {
		t.speculator, p.speculator = p.speculator, nil
	}
	p.busy++
	p.mu.Unlock()
	if t.decoder == nil {
		if t.decoder, err = turbojpeg.New(); err != nil {
			p.put(t)
			return tools{}, err
		}
	}
	if alone && t.speculator == nil {
		t.speculator, _ = turbojpeg.NewSpeculator() // out of memory: the decoder works alone
	}
	return t, nil
}

func (p *Preprocessor) put(t tools) {
	p.mu.Lock()
	p.busy--
	if !p.closed {
		if t.decoder != nil && len(p.idle) < p.cfg.Decoders {
			p.idle = append(p.idle, t.decoder)
			t.decoder = nil
		}
		if p.speculator == nil {
			p.speculator, t.speculator = t.speculator, nil
		}
	}
	p.mu.Unlock()
	t.close()
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
