package photos

import (
	"bytes"
	"encoding/binary"
)

// EXIF is EXIF data with an orientation, a maker's name and a position: what a
// phone writes, and what must not be kept.
func EXIF(orientation int) []byte {
	le := binary.LittleEndian
	b := []byte{'I', 'I', 42, 0, 8, 0, 0, 0}
	entry := func(tag, kind uint16, count, value uint32) {
		b = le.AppendUint16(b, tag)
		b = le.AppendUint16(b, kind)
		b = le.AppendUint32(b, count)
		b = le.AppendUint32(b, value)
	}
	b = le.AppendUint16(b, 3)
	const after = 8 + 2 + 3*12 + 4
	entry(0x010f, 2, uint32(len(Maker)+1), after)          // Make
	entry(0x0112, 3, 1, uint32(orientation))               // Orientation
	entry(0x8825, 4, 1, uint32(after+(len(Maker)+1+1)&^1)) // GPS directory
	b = le.AppendUint32(b, 0)
	b = append(append(b, Maker...), 0)
	if len(b)&1 != 0 {
		b = append(b, 0)
	}
	b = le.AppendUint16(b, 1)
	entry(1, 2, 2, 'N')
	return le.AppendUint32(b, 0)
}

// Maker is a text in EXIF that must not survive cleaning.
const Maker = "Secret Maker"

// LoopingEXIF is EXIF data whose directory names itself as the next one, and
// whose GPS directory is itself too. Its orientation is 6.
func LoopingEXIF() []byte {
	b := EXIF(6)
	binary.LittleEndian.PutUint32(b[8+2+3*12:], 8)
	binary.LittleEndian.PutUint32(b[8+2+2*12+8:], 8)
	return b
}

// BoundlessEXIF is EXIF data that claims 65,535 entries and a directory beyond
// its end.
func BoundlessEXIF() []byte {
	b := bytes.Clone(EXIF(6))
	b[8], b[9] = 0xff, 0xff
	binary.LittleEndian.PutUint32(b[4:], 0xfffffff0)
	return b
}
