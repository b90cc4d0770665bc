package turbojpeg

import "unsafe"

// SetTurboOnly leaves every file to libjpeg-turbo, until it is called again.
func SetTurboOnly(v bool) { turboOnly = v }

// Plainly says whether the last file was decoded by this room's own decoder.
func (d *Decoder) Plainly() bool { return d.c.plainly != 0 }

// SetWhole leaves whole pictures in the buffer, until it is called again.
func SetWhole(v bool) { whole = v }

// BufferBytes is the size of the buffer for rows of pixels after the last job.
func (d *Decoder) BufferBytes() int64 { return int64(d.c.picture_size) }

// Picture is a copy of the picture that the last job decoded with SetWhole, without
// the ends of its rows.
func (d *Decoder) Picture(j Job) []byte {
	w := (j.Width + j.Denominator - 1) / j.Denominator
	h := (j.Height + j.Denominator - 1) / j.Denominator
	pitch := (w*4 + 63) / 64 * 64
	all := unsafe.Slice((*byte)(unsafe.Pointer(d.c.picture)), pitch*h)
	var out []byte
	for y := range h {
		out = append(out, all[y*pitch:y*pitch+w*4]...)
	}
	return out
}
