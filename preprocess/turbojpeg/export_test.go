package turbojpeg

import "unsafe"

// SetTurboOnly leaves every file to libjpeg-turbo, until it is called again.
func SetTurboOnly(v bool) { turboOnly = v }

// Plainly says whether the last file was decoded by this room's own decoder.
func (d *Decoder) Plainly() bool { return d.c.plainly != 0 }

// SetAheadFirst has readers ahead end before their decoder begins, until it is called
// again: then all that they have read is there.
func SetAheadFirst(v bool) { aheadFirst = v }

// AheadMCUs is how many MCUs of the last file a reader ahead had read.
func (d *Decoder) AheadMCUs() int { return int(d.c.mcus_ahead) }

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
