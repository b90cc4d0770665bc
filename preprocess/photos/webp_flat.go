package photos

import "encoding/binary"

// FlatWebP is an even grey lossy WebP of any size. Its data are zeros: VP8's
// arithmetic decoder reads them as "no" to every question, which is a valid
// picture without a single coefficient. Above a million pixels the data are left
// out: such a file is only good for its header.
func FlatWebP(w, h int) []byte {
	blocks := (w + 15) / 16 * ((h + 15) / 16)
	if w*h > 1_000_000 {
		blocks = 1
	}
	first := 512 + 8*blocks
	tag := first<<5 | 1<<4 // a shown key frame
	b := []byte{byte(tag), byte(tag >> 8), byte(tag >> 16), 0x9d, 0x01, 0x2a}
	b = binary.LittleEndian.AppendUint16(b, uint16(w))
	b = binary.LittleEndian.AppendUint16(b, uint16(h))
	return RIFF(Chunk("VP8 ", append(b, make([]byte, first+16*blocks)...)))
}
