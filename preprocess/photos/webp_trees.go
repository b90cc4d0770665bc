package photos

// TreesWebP is a lossless WebP of one colour with as many groups of Huffman
// trees, as large as trees can be: it takes little space in the file and much in
// a decoder. There must be more tiles of 4 × 4 pixels than groups, and at most 999
// groups: of more, decoders keep only those in use.
func TreesWebP(w, h, groups int) []byte {
	var b lsbWriter
	b.put(0x2f, 8)
	b.put(w-1, 14)
	b.put(h-1, 14)
	b.put(0, 1+3)
	b.put(0, 1)  // no transform
	b.put(1, 1)  // a colour cache
	b.put(11, 4) // of 2,048 colours
	b.put(1, 1)  // several groups
	b.put(0, 3)  // tiles of 4 × 4
	// The picture of group indices: every tile has the last one, in no bits.
	b.put(0, 1) // no cache
	last := groups - 1
	b.simple(last & 255) // green
	b.simple(last >> 8)  // red
	b.simple(0)
	b.simple(0)
	b.simple(0)
	for range groups {
		b.full(256 + 24 + 2048)
		b.full(256)
		b.full(256)
		b.simple(255)
		b.simple(0)
	}
	for range w * h {
		b.put(0, 12) // green, the first code
		b.put(0, 8)
		b.put(0, 8)
	}
	b.put(0, 8)
	return RIFF(Chunk("VP8L", b.out))
}

// full writes a tree in which every symbol has a code, said in few bits.
func (w *lsbWriter) full(alphabet int) {
	// Kraft's sum must be 1: short codes first, the rest one bit longer.
	length, short := 8, 256
	if alphabet > 256 {
		length = 11
		short = 2048 - (alphabet - 2048)
	}
	w.put(0, 1)
	w.put(19-4, 4)
	for _, symbol := range []int{17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} {
		switch symbol {
		case length, length + 1:
			w.put(2, 3)
		case 16:
			w.put(1, 3)
		default:
			w.put(0, 3)
		}
	}
	w.put(0, 1) // all code lengths follow
	// Canonical: 16 has the code 0, length 10, length + 1 11, first bit first.
	run := func(n, code int) {
		if n == 0 {
			return
		}
		w.put(code, 2)
		n--
		for ; n >= 3; n -= min(n, 6) {
			w.put(0, 1)
			w.put(min(n, 6)-3, 2)
		}
		for range n {
			w.put(code, 2)
		}
	}
	run(short, 0b01)
	run(alphabet-short, 0b11)
}
