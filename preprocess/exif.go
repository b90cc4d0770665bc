package preprocess

import "encoding/binary"

const (
	exifPrefix     = "Exif\x00\x00"
	orientationTag = 0x0112
)

// exifOrientation reads the orientation from EXIF data (with or without the
// prefix that JPEG puts before it). It looks at the first directory alone and
// follows no further offset, so that no loop can hold it. Anything odd means 1.
func exifOrientation(exif []byte) int {
	if len(exif) >= len(exifPrefix) && string(exif[:len(exifPrefix)]) == exifPrefix {
		exif = exif[len(exifPrefix):]
	}
	if len(exif) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(exif[:4]) {
	case "II*\x00", "II\x00*": // some writers swap the mark's bytes
		order = binary.LittleEndian
	case "MM\x00*", "MM*\x00":
		order = binary.BigEndian
	default:
		return 1
	}
	at := uint64(order.Uint32(exif[4:]))
	if at+2 > uint64(len(exif)) {
		return 1
	}
	entries := int(order.Uint16(exif[at:]))
	rest := exif[at+2:]
	for ; entries > 0 && len(rest) >= 12; entries, rest = entries-1, rest[12:] {
		if order.Uint16(rest) != orientationTag {
			continue
		}
		var v uint32
		switch order.Uint16(rest[2:]) {
		case 1: // byte
			v = uint32(rest[8])
		case 3: // short
			v = uint32(order.Uint16(rest[8:]))
		case 4: // long
			v = order.Uint32(rest[8:])
		}
		if v >= 1 && v <= 8 {
			return int(v)
		}
		return 1
	}
	return 1
}

// minimalEXIF is EXIF data that holds an orientation and nothing else, without
// the prefix of JPEG.
func minimalEXIF(orientation int) []byte {
	return []byte{
		'M', 'M', 0, 42, 0, 0, 0, 8, // big-endian, first directory at 8
		0, 1, // one entry
		orientationTag >> 8, orientationTag & 0xff, 0, 3, 0, 0, 0, 1, 0, byte(orientation), 0, 0,
		0, 0, 0, 0, // no further directory
	}
}
