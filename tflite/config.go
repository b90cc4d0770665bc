package tflite

import "fmt"

// Config says how a model is run. The zero value is what the server wants.
type Config struct {
	// Interpreters is the most that the pool may hold, 4 when 0: measured, four
	// interpreters with one thread each beat one with four threads as soon as
	// there are other things for the cores to do. Open makes one, and the pool
	// more of them when callers wait for each other.
	Interpreters int

	// Threads is the number of threads of each interpreter, 1 when 0.
	Threads int

	// MaxBytes is the largest file that Open reads, 256 MiB when 0.
	MaxBytes int64

	// SHA256 is the digest, in lower-case hex, that the file must have; empty:
	// any. The bytes that are digested are those that the library gets.
	SHA256 string

	// DefaultPath leaves out the delegate and runs TensorFlow Lite's own
	// kernels. It is for benchmarks: about four times slower for 8-bit models.
	DefaultPath bool

	// NoWeightsCache lets every interpreter pack its own copy of the weights.
	// It is for measuring what the shared copy spares.
	NoWeightsCache bool

	keepFile bool // the kernels turned out to read weights that they have packed
}

const (
	defaultInterpreters = 4
	maxInterpreters     = 64
	maxThreads          = 64
	defaultMaxBytes     = 256 << 20
)

func (c Config) withDefaults() (Config, error) {
	if c.Interpreters == 0 {
		c.Interpreters = defaultInterpreters
	}
	if c.Threads == 0 {
		c.Threads = 1
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = defaultMaxBytes
	}
	if c.Interpreters < 0 || c.Interpreters > maxInterpreters {
		return c, fmt.Errorf("%d interpreters are not between 1 and %d", c.Interpreters, maxInterpreters)
	}
	if c.Threads < 0 || c.Threads > maxThreads {
		return c, fmt.Errorf("%d threads are not between 1 and %d", c.Threads, maxThreads)
	}
	if c.MaxBytes < 0 {
		return c, fmt.Errorf("a largest file of %d bytes makes no sense", c.MaxBytes)
	}
	return c, nil
}
