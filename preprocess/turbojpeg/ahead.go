package turbojpeg

/*
#include "ahead.h"
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// AheadDenominator is the least denominator at which an Ahead helps.
const AheadDenominator = C.AHEAD_DENOM

// Ahead reads the second half of a photo's codes beside a Decoder, on another
// processor core. It helps with what cameras write (plain files without restart
// markers, whose components have tables of their own), and takes 200 KB, up to 4 MB
// once it has read, and up to 8 MB while it reads.
type Ahead struct {
	c *C.ahead
}

// NewAhead makes an Ahead. Close frees it.
func NewAhead() (*Ahead, error) {
	c := C.ahead_new()
	if c == nil {
		return nil, fmt.Errorf("cannot make a reader ahead: %w", ErrNoMemory)
	}
	return &Ahead{c: c}, nil
}

// Close frees the C memory. Further calls do nothing.
func (a *Ahead) Close() error {
	C.ahead_free(a.c)
	a.c = nil
	return nil
}

// start begins to read ahead. What it answers ends that, and returns when it has ended.
func (a *Ahead) start(photo []byte, job Job) (end func()) {
	done := make(chan struct{})
	C.ahead_begin(a.c)
	run := func() {
		defer close(done)
		C.ahead_run(a.c, (*C.uint8_t)(unsafe.SliceData(photo)), C.size_t(len(photo)),
			C.int(job.Width), C.int(job.Height), C.int(job.Denominator))
	}
	if aheadFirst {
		run()
	} else {
		go run()
	}
	return func() {
		C.ahead_stop(a.c)
		<-done
		C.ahead_end(a.c)
	}
}

// aheadFirst has the reader ahead end before the decoder begins. Only tests set it.
var aheadFirst bool
