package photos

import (
	"encoding/binary"
	"image"
)

// EncodeWebP writes a picture as lossless WebP, every channel with eight bits a
// pixel: no smaller than the picture, but right.
func EncodeWebP(img *image.RGBA) []byte {
	return RIFF(Chunk("VP8L", vp8l(img)))
}

// RIFF wraps chunks into a WebP file.
func RIFF(chunks ...[]byte) []byte {
	body := []byte("WEBP")
	for _, c := range chunks {
		body = append(body, c...)
	}
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// Chunk is one chunk of a RIFF file, padded.
func Chunk(kind string, data []byte) []byte {
	b := append(binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(data))), data...)
	if len(data)&1 != 0 {
		b = append(b, 0)
	}
	return b
}

// VP8X is the header of an extended WebP.
func VP8X(flags byte, w, h int) []byte {
	w, h = w-1, h-1
	return Chunk("VP8X", []byte{flags, 0, 0, 0, byte(w), byte(w >> 8), byte(w >> 16), byte(h), byte(h >> 8), byte(h >> 16)})
}

// lsbWriter writes bits from the lowest up, as VP8L wants them.
type lsbWriter struct {
	out  []byte
	acc  uint64
	have int
}

func (w *lsbWriter) put(value, n int) {
	w.acc |= uint64(value) << w.have
	for w.have += n; w.have >= 8; w.have -= 8 {
		w.out = append(w.out, byte(w.acc))
		w.acc >>= 8
	}
}

func vp8l(img *image.RGBA) []byte {
	var w lsbWriter
	w.put(0x2f, 8)
	w.put(img.Rect.Dx()-1, 14)
	w.put(img.Rect.Dy()-1, 14)
	w.put(0, 1+3)   // no alpha, version 0
	w.put(0, 1+1+1) // no transform, no colour cache, one group of trees
	for _, alphabet := range []int{256 + 24, 256, 256} {
		w.eights(alphabet)
	}
	w.simple(255) // alpha
	w.simple(0)   // distance
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			c := img.RGBAAt(x, y)
			for _, v := range []byte{c.G, c.R, c.B} {
				w.put(reversed(v), 8)
			}
		}
	}
	w.put(0, 7)
	return w.out
}

// eights writes a tree in which the first 256 symbols have eight bits each.
func (w *lsbWriter) eights(alphabet int) {
	w.put(0, 1) // not simple
	// Code lengths of the code for code lengths, in the order 17 18 0 1 2 3 4 5
	// 16 6 7 8: lengths 0 and 8 get one bit each.
	w.put(12-4, 4)
	for i := range 12 {
		w.put(map[int]int{2: 1, 11: 1}[i], 3)
	}
	w.put(0, 1) // all code lengths follow
	for i := range alphabet {
		if i < 256 {
			w.put(1, 1)
		} else {
			w.put(0, 1)
		}
	}
}

// simple writes a tree with a single symbol, which then takes no bits.
func (w *lsbWriter) simple(symbol int) {
	w.put(1, 1)
	w.put(0, 1) // one symbol
	w.put(1, 1) // of eight bits
	w.put(symbol, 8)
}

func reversed(v byte) int {
	r := 0
	for range 8 {
		r = r<<1 | int(v&1)
		v >>= 1
	}
	return r
}
