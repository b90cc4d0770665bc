package turbojpeg

/*
#include "speculative.h"
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// SpeculatorDenominator is the least denominator at which a Speculator helps.
const SpeculatorDenominator = C.SPECULATIVE_DENOM

// Speculator is a speculative decoder: on another core it decodes the second half
// of a photo while a Decoder decodes the first. It helps with what cameras write (baseline files without restart
// markers, whose components have tables of their own), and takes 200 KB, up to 4 MB
// once it has read, and up to 8 MB while it reads.
type Speculator struct {
	c *C.speculative
}

// NewSpeculator makes a Speculator. Close frees it.
func NewSpeculator() (*Speculator, error) {
	c := C.speculative_new()
	if c == nil {
		return nil, fmt.Errorf("cannot make a speculative decoder: %w", ErrNoMemory)
	}
	return &Speculator{c: c}, nil
}

// Close frees the C memory. Further calls do nothing.
func (a *Speculator) Close() error {
	C.speculative_free(a.c)
	a.c = nil
	return nil
}

// start begins to decode. end stops it and returns once it has stopped.
func (a *Speculator) start(photo []byte, job Job) (end func()) {
	done := make(chan struct{})
	C.speculative_begin(a.c)
	run := func() {
		defer close(done)
		C.speculative_run(a.c, (*C.uint8_t)(unsafe.SliceData(photo)), C.size_t(len(photo)),
			C.int(job.Width), C.int(job.Height), C.int(job.Denominator))
	}
	if speculatorFirst {
		run()
	} else {
		go run()
	}
	return func() {
		C.speculative_stop(a.c)
		<-done
		C.speculative_end(a.c)
	}
}

// speculatorFirst has the speculative decoder end before the decoder begins. Only tests set it.
var speculatorFirst bool
