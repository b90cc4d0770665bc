package turbojpeg

/*
#cgo noescape fence_row
#cgo nocallback fence_row
#include "fence.h"
*/
import "C"

import (
	"fmt"
	"time"
	"unsafe"
)

// Rows resamples a picture that another decoder makes, as Tensor does a JPEG's:
// upright, antialiased triangle, into dst. row writes row y of the picture as
// stored into line, RGBX, four bytes a pixel; it is asked for each row once, from
// the top, and an error of it ends the call. line still holds the row before.
//
// job's Denominator must be 1. Of the picture only the rows that are under way lie
// in memory. Rows returns the time that resampling took. Errors are row's,
// ErrNoMemory, ErrClosed and ErrJob; dst is then undefined.
func (d *Decoder) Rows(job Job, dst []byte, row func(y int, line []byte) error) (resize time.Duration, err error) {
	if d.c == nil {
		return 0, ErrClosed
	}
	if !job.valid() || job.Denominator != 1 || len(dst) != job.OutWidth*job.OutHeight*3 {
		return 0, fmt.Errorf("cannot resample %d×%d pixels into %d bytes: %w", job.Width, job.Height, len(dst), ErrJob)
	}
	if C.fence_rows(d.c, job.task()) != C.FENCE_OK {
		return 0, fmt.Errorf("cannot resample %d×%d pixels: %w", job.Width, job.Height, ErrNoMemory)
	}
	defer C.fence_rows_end(d.c)
	if cap(d.line) < 4*job.Width {
		d.line = make([]byte, 4*job.Width)
	}
	line := d.line[:4*job.Width]
	for y := range job.Height {
		if err := row(y, line); err != nil {
			return 0, err
		}
		C.fence_row(d.c, (*C.uint8_t)(unsafe.SliceData(line)), (*C.uint8_t)(unsafe.SliceData(dst)))
	}
	return time.Duration(d.c.resize_ns), nil
}

// RowsBytes bounds the memory that Rows takes, without the line.
func (j Job) RowsBytes() int64 {
	w, h := j.OutWidth, j.OutHeight
	if j.Orientation >= 5 {
		w, h = h, w
	}
	across, down := taps(j.Width, w), taps(j.Height, h)
	pitch := (int64(j.Width)*4 + 63) / 64 * 64
	rows := min(2*down+1, int64(j.Height))
	return pitch*rows + 2*pitch + int64(w)*(12+2*across) + int64(h)*(12+2*down)
}

// taps is how many pixels of in one of out is made of, at most, as in resample.c.
func taps(in, out int) int64 {
	n := int64(max((in+out-1)/out, 1))*2 + 1
	return n + n&1
}
