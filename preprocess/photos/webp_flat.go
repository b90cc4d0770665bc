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
	return evenWebP(w, h, 512+8*blocks, 16*blocks)
}

// WholeFlatWebP is FlatWebP with its data at any size: a file of a few MB, at 49
// million pixels, that takes a second to decode.
func WholeFlatWebP(w, h int) []byte {
	blocks := (w + 15) / 16 * ((h + 15) / 16)
	const most = 1<<19 - 1 // what the header can say of the first partition
	return evenWebP(w, h, min(512+8*blocks, most), 16*blocks)
}

func evenWebP(w, h, first, second int) []byte {
	tag := first<<5 | 1<<4 // a shown key frame
	b := []byte{byte(tag), byte(tag >> 8), byte(tag >> 16), 0x9d, 0x01, 0x2a}
	b = binary.LittleEndian.AppendUint16(b, uint16(w))
	b = binary.LittleEndian.AppendUint16(b, uint16(h))
	return RIFF(Chunk("VP8 ", append(b, make([]byte, first+second)...)))
}
