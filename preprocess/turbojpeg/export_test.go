package turbojpeg

import "unsafe"

// SetTurboOnly leaves every file to libjpeg-turbo, until it is called again.
func SetTurboOnly(v bool) { turboOnly = v }

// ByBaseline says whether the last file was decoded by our own decoder.
func (d *Decoder) ByBaseline() bool { return d.c.by_baseline != 0 }

// SetSpeculatorFirst has speculative decoders end before their decoder begins, until it is called
// again: then all that they have read is there.
func SetSpeculatorFirst(v bool) { speculatorFirst = v }

// SpeculatedMCUs is how many MCUs of the last file a speculative decoder had read.
func (d *Decoder) SpeculatedMCUs() int { return int(d.c.speculated_mcus) }

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
