package photos

import (
	"bytes"
	"encoding/binary"
)

// Insert puts bytes behind the start marker and, where there is one, JFIF.
func Insert(jpeg, what []byte) []byte {
	at := 2
	if jpeg[3] == 0xe0 {
		at += 2 + int(binary.BigEndian.Uint16(jpeg[4:]))
	}
	return append(append(bytes.Clone(jpeg[:at]), what...), jpeg[at:]...)
}

// BigICC is a colour profile of 4 MB in 65 segments.
func BigICC() []byte {
	var b []byte
	for i := range 65 {
		part := append([]byte("ICC_PROFILE\x00"), byte(i+1), 65)
		b = appendSegment(b, 0xe2, append(part, make([]byte, 65000)...))
	}
	return b
}

// ScanBomb is a small progressive photo in 631 scans, each of them lawful: one a
// coefficient and bit. Every scan is a pass over the whole picture.
func ScanBomb(w, h int) []byte {
	img := Picture(w, h)
	f := newFrame(img, Encoding{Grey: true})
	b := EncodeJPEG(img, Encoding{Progressive: true, Grey: true})
	b = b[:scanStarts(b)[0]]
	b = f.appendScan(b, scan{components: []int{0}}, 0)
	for k := 1; k < 64; k++ {
		for bit := 9; bit >= 0; bit-- {
			high := byte(bit+1) << 4
			if bit == 9 {
				high = 0
			}
			b = appendSegment(b, 0xda, []byte{1, 1, 0, byte(k), byte(k), high | byte(bit)})
			out := bitWriter{out: b}
			for range f.planes[0].wide * f.planes[0].high {
				out.symbol(1, 0)
			}
			out.flush()
			b = out.out
		}
	}
	return append(b, 0xff, 0xd9)
}

func replaceEXIF(jpeg, exif []byte) []byte {
	i := bytes.Index(jpeg, []byte("Exif\x00\x00"))
	size := int(binary.BigEndian.Uint16(jpeg[i-2:]))
	b := appendSegment(bytes.Clone(jpeg[:i-4]), 0xe1, append([]byte("Exif\x00\x00"), exif...))
	return append(b, jpeg[i-2+size:]...)
}

// segments calls f with the place of each segment before the first scan.
func segments(jpeg []byte, f func(marker byte, from, to int)) {
	for at := 2; ; {
		to := at + 2 + int(binary.BigEndian.Uint16(jpeg[at+2:]))
		f(jpeg[at+1], at, to)
		if jpeg[at+1] == 0xda {
			return
		}
		at = to
	}
}

func frameAt(jpeg []byte) (at int) {
	segments(jpeg, func(m byte, from, _ int) {
		if m == 0xc0 || m == 0xc2 {
			at = from
		}
	})
	return at
}

func patched(b []byte, at int, v byte) []byte {
	b = bytes.Clone(b)
	b[at] = v
	return b
}

func frameMarker(jpeg []byte, m byte) []byte      { return patched(jpeg, frameAt(jpeg)+1, m) }
func frameByte(jpeg []byte, i int, v byte) []byte { return patched(jpeg, frameAt(jpeg)+4+i, v) }

// Resized is a JPEG that claims another size than its data have.
func Resized(jpeg []byte, w, h int) []byte { return frameSize(jpeg, w, h) }

func frameSize(jpeg []byte, w, h int) []byte {
	b := bytes.Clone(jpeg)
	at := frameAt(b) + 5
	binary.BigEndian.PutUint16(b[at:], uint16(h))
	binary.BigEndian.PutUint16(b[at+2:], uint16(w))
	return b
}

func without(jpeg []byte, marker byte) []byte {
	b, last := []byte{}, 0
	segments(jpeg, func(m byte, from, to int) {
		if m == marker {
			b = append(b, jpeg[last:from]...)
			last = to
		}
	})
	return append(b, jpeg[last:]...)
}

func scanParameters(jpeg []byte, first, last, bits byte) []byte {
	b := bytes.Clone(jpeg)
	segments(b, func(m byte, _, to int) {
		if m == 0xda {
			b[to-3], b[to-2], b[to-1] = first, last, bits
		}
	})
	return b
}

// scanStarts are the places of the start-of-scan markers.
func scanStarts(jpeg []byte) (at []int) {
	for i := 0; i+1 < len(jpeg); i++ {
		if jpeg[i] == 0xff && jpeg[i+1] == 0xda {
			at = append(at, i)
		}
	}
	return at
}

func scansOnly(jpeg []byte, n int) []byte {
	return append(bytes.Clone(jpeg[:scanStarts(jpeg)[n]]), 0xff, 0xd9)
}

func repeatedScan(jpeg []byte) []byte {
	s := scanStarts(jpeg)
	b := bytes.Clone(jpeg[:s[1]])
	return append(append(b, jpeg[s[0]:s[1]]...), jpeg[s[1]:]...)
}

// hole overwrites a stretch in the middle of the data with ones, which no
// Huffman table has a code for.
func hole(jpeg []byte) []byte {
	b := bytes.Clone(jpeg)
	for i := len(b) / 2; i < len(b)/2+40; i += 2 {
		b[i], b[i+1] = 0xff, 0
	}
	return b
}
