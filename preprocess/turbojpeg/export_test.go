package turbojpeg

import "unsafe"

// SetTurboOnly leaves every file to libjpeg-turbo, until it is called again.
func SetTurboOnly(v bool) { turboOnly = v }

// Plainly says whether the last file was decoded by this room's own decoder.
func (d *Decoder) Plainly() bool { return d.c.plainly != 0 }

// Picture is a copy of the picture that the last job decoded, without the ends of
// its rows; nil when it was given back.
func (d *Decoder) Picture(j Job) []byte {
	if d.c.picture == nil {
		return nil
	}
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
