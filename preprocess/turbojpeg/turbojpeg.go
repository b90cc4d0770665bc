// Package turbojpeg is the fence round the C that decodes JPEG: bytes in, a small
// upright RGB picture out, in one call. Its resampler also takes the rows of
// pictures that other decoders make: Rows.
//
// It has two JPEG decoders. Ours (baseline.c) takes ordinary baseline files, which is
// what cameras write (8 bits, Huffman codes, one scan, grey or YCbCr), at half the
// cost, row by row: the scaled picture never lies in memory whole. It gives up at
// anything unusual or wrong, and then libjpeg-turbo decodes the file from its
// start. Every error and every odd file is libjpeg-turbo's, and both make the same
// bytes of a baseline file.
//
// Before changing our decoder, read "Why our own JPEG decoder" in
// docs/rationale.md, the header files in the order head, scan, huffman, block,
// idct, colour, baseline, and ITU-T T.81, annexes A, B and F. Any change must keep
// TestBaseline…, FuzzBaseline and make asan green: equality with libjpeg-turbo is the
// whole specification, on amd64 and arm64.
//
// It sets no limits: the caller has read the header, decided that the photo is
// small enough, and promises its size. It is not a general binding either. Only
// package preprocess may import it.
//
// Caveats before use. A Decoder and an Speculator serve one goroutine at a time. Tensor blocks
// its thread for the whole decode (tens of milliseconds) and cannot be
// interrupted. Neither the photo nor the output is kept or touched after the
// call. They hold C memory that the garbage collector does not see: Close
// them. Making the first Decoder fixes glibc's limit above which memory goes
// straight back to the system (mallopt M_MMAP_THRESHOLD, 1 MiB), for the whole
// process.
//
// Needs libjpeg-turbo 2.1 or newer (Debian: libturbojpeg0-dev).
package turbojpeg

/*
#cgo CFLAGS: -O3 -std=gnu11 -Wall -Wextra
#cgo LDFLAGS: -lturbojpeg -lm
#cgo noescape fence_tensor
#cgo nocallback fence_tensor
#cgo noescape speculative_run
#cgo nocallback speculative_run
#include <stdlib.h>
#include "fence.h"
*/
import "C"

import (
	"fmt"
	"strings"
	"time"
	"unsafe"
)

// keepBytes is the largest picture buffer that a Decoder keeps between calls. The
// window on a baseline photo of usual shape, made for an input of 224 pixels, needs
// 100 to 200 KB; the whole picture that libjpeg-turbo wants, 1 to 4 MB.
const keepBytes = 512 << 10

// Job says what to make of a photo.
type Job struct {
	Width, Height       int  // of the photo as stored: must be the file's own
	Denominator         int  // 1, 2, 4 or 8: decode at this fraction of the size
	CMYK                bool // the file has four components
	Orientation         int  // EXIF, 1..8
	OutWidth, OutHeight int  // of the upright result
}

// PictureBytes is the C memory that the scaled picture of a job takes if it must
// lie there whole. It bounds what a baseline file takes too: only that it is decoded
// to its end shows that it was baseline.
func (j Job) PictureBytes() int64 {
	w := (int64(j.Width) + int64(j.Denominator) - 1) / int64(j.Denominator)
	h := (int64(j.Height) + int64(j.Denominator) - 1) / int64(j.Denominator)
	return (w*4 + 63) / 64 * 64 * h
}

// Decoder holds the buffers that one decode after the other uses.
type Decoder struct {
	c    *C.fence
	line []byte // of Rows
}

// New makes a Decoder. Close frees it.
func New() (*Decoder, error) {
	c := C.fence_new(keepBytes)
	if c == nil {
		return nil, fmt.Errorf("cannot make a JPEG decoder: %w", ErrNoMemory)
	}
	return &Decoder{c: c}, nil
}

// Close frees the C memory. Further calls do nothing.
func (d *Decoder) Close() error {
	C.fence_free(d.c)
	d.c = nil
	return nil
}

// Tensor decodes a photo at 1/Denominator, rotates it upright and resamples it to
// OutWidth × OutHeight pixels (antialiased triangle) into dst: RGB, one byte a
// channel, rows without gaps, dst exactly OutWidth·OutHeight·3 bytes. With a
// speculator another thread decodes the second half meanwhile; the result is the
// same.
//
// It returns the time that decoding and resampling took. Errors are ErrDecode,
// ErrIncomplete, ErrCorrupt, ErrSize, ErrNoMemory, ErrClosed and ErrJob; dst is
// then undefined. Bytes between the last scan and the end marker are tolerated.
func (d *Decoder) Tensor(photo []byte, job Job, dst []byte, speculator *Speculator) (decode, resize time.Duration, err error) {
	if d.c == nil || (speculator != nil && speculator.c == nil) {
		return 0, 0, ErrClosed
	}
	if !job.valid() || len(photo) == 0 || len(dst) != job.OutWidth*job.OutHeight*3 {
		return 0, 0, fmt.Errorf("cannot decode %d bytes into %d: %w", len(photo), len(dst), ErrJob)
	}
	task := job.task()
	if speculator != nil {
		task.speculative = speculator.c
		defer speculator.start(photo, job)()
	}
	status := C.fence_tensor(d.c, (*C.uint8_t)(unsafe.SliceData(photo)), C.size_t(len(photo)), task,
		(*C.uint8_t)(unsafe.SliceData(dst)))
	if status != C.FENCE_OK {
		return 0, 0, d.fault(status)
	}
	return time.Duration(d.c.decode_ns), time.Duration(d.c.resize_ns), nil
}

func (j Job) task() C.fence_job {
	return C.fence_job{
		width: C.int(j.Width), height: C.int(j.Height),
		denom: C.int(j.Denominator), cmyk: toC(j.CMYK), orientation: C.int(j.Orientation),
		out_width: C.int(j.OutWidth), out_height: C.int(j.OutHeight),
		turbo_only: toC(turboOnly), whole: toC(whole),
	}
}

// turboOnly leaves baseline files to libjpeg-turbo too, whole keeps the picture in the
// buffer. Only tests set them.
var turboOnly, whole bool

func toC(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// valid keeps numbers that C would multiply without a check inside int32.
func (j Job) valid() bool {
	const side, out = 65500, 4096 // libjpeg's own limit; ours
	const shrink = 1 << 13        // weights of fewer than 14 bits say nothing
	switch j.Denominator {
	case 1, 2, 4, 8:
	default:
		return false
	}
	return j.Width > 0 && j.Height > 0 && j.Width <= side && j.Height <= side &&
		j.Orientation >= 1 && j.Orientation <= 8 &&
		j.OutWidth > 0 && j.OutHeight > 0 && j.OutWidth <= out && j.OutHeight <= out &&
		max(j.Width, j.Height) <= shrink*j.Denominator*min(j.OutWidth, j.OutHeight)
}

func (d *Decoder) fault(status C.int) error {
	message := C.GoString(&d.c.message[0])
	kind := ErrDecode
	switch status {
	case C.FENCE_WARNING:
		kind = ErrCorrupt
		if strings.Contains(message, "Premature end") {
			kind = ErrIncomplete
		}
	case C.FENCE_NO_MEMORY:
		return fmt.Errorf("cannot decode JPEG: %w", ErrNoMemory)
	case C.FENCE_OTHER_SIZE:
		return fmt.Errorf("cannot decode JPEG: %w", ErrSize)
	}
	return fmt.Errorf("cannot decode JPEG: %w: %s", kind, message)
}
