package photos

import (
	"bytes"
	"encoding/binary"
)

// LargeJPEG is a baseline photo of any size in little time: one row of MCUs of a
// picture, again and again behind restart markers. w and h are multiples of 16.
func LargeJPEG(w, h, quantum int) []byte {
	const high = 16
	strip := EncodeJPEG(Picture(w, high), Encoding{Quantum: quantum})
	scan := scanStarts(strip)[0]
	data := scan + 2 + int(binary.BigEndian.Uint16(strip[scan+2:]))
	row := strip[data : len(strip)-2]

	b := frameSize(strip[:data], w, h)
	interval := appendSegment(nil, 0xdd, binary.BigEndian.AppendUint16(nil, uint16(w/high)))
	b = append(append(bytes.Clone(b[:scan]), interval...), b[scan:]...)
	for y := range h / high {
		if y > 0 {
			b = append(b, 0xff, 0xd0+byte(y-1)%8)
		}
		b = append(b, row...)
	}
	return append(b, 0xff, 0xd9)
}
