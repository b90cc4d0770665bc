package photos

// RefinementBomb is a small file of a large progressive photo in as many passes
// as the standard allows: every coefficient of three components comes bit by
// bit, and not one is set. All of it is lawful; each pass visits every
// coefficient.
func RefinementBomb(w, h int) []byte {
	blocks := ceil(w, 8) * ceil(h, 8)
	b := []byte{0xff, 0xd8}
	table := make([]byte, 65)
	for i := range 64 {
		table[1+i] = quantum
	}
	b = appendSegment(b, 0xdb, table)
	b = appendSegment(b, 0xc2, []byte{8, byte(h >> 8), byte(h), byte(w >> 8), byte(w), 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0})
	// Two codes of one bit: DC difference 0; AC "nothing for 32,767 blocks".
	one := append([]byte{0x00, 1}, make([]byte, 15)...)
	b = appendSegment(b, 0xc4, append(one, 0))
	one[0] = 0x10
	b = appendSegment(b, 0xc4, append(one, 0xe0))

	pass := func(component, first, last, high, low byte) {
		b = appendSegment(b, 0xda, []byte{1, component, 0, first, last, high<<4 | low})
		out := bitWriter{out: b}
		if first == 0 {
			for range blocks {
				out.put(0, 1) // both a difference of 0 and a bit of 0
			}
		} else {
			for left := blocks; left > 0; left -= 32767 {
				out.put(0, 1)
				out.put(0x3fff, 14)
			}
		}
		out.flush()
		b = out.out
	}
	for c := byte(1); c <= 3; c++ {
		pass(c, 0, 0, 0, 0)
		pass(c, 1, 63, 0, 13)
		for low := byte(13); low > 0; low-- {
			pass(c, 1, 63, low, low-1)
		}
	}
	return append(b, 0xff, 0xd9)
}
