package preprocess

// vp8lTree is a canonical Huffman code: how many codes there are of each length,
// and the symbols in the order of their codes.
type vp8lTree struct {
	counts  [16]int
	symbols []uint16
	buffer  [256 + 24 + 1<<11]uint16
}

// build makes the code from the length of each symbol's code.
func (t *vp8lTree) build(lengths []uint8) {
	t.counts = [16]int{}
	for _, n := range lengths {
		if n > 0 {
			t.counts[n]++
		}
	}
	var next [17]int
	for n := 1; n < 16; n++ {
		next[n+1] = next[n] + t.counts[n]
	}
	t.symbols = t.buffer[:next[16]]
	for s, n := range lengths {
		if n > 0 {
			t.symbols[next[n]] = uint16(s)
			next[n]++
		}
	}
}

// symbol reads one symbol; a code of a single symbol takes no bits.
func (r *vp8lReader) symbol(t *vp8lTree) int {
	if len(t.symbols) == 1 {
		return int(t.symbols[0])
	}
	code, first, at := 0, 0, 0
	for n := 1; n < 16 && r.err == nil; n++ {
		code |= int(r.bits(1))
		count := t.counts[n]
		if code-count < first {
			if at += code - first; at < 0 || at >= len(t.symbols) {
				break
			}
			return int(t.symbols[at])
		}
		at += count
		first = (first + count) << 1
		code <<= 1
	}
	r.fail()
	return 0
}

// The order in which the lengths of the code for code lengths stand, and what
// the codes 16 to 18 repeat.
var (
	vp8lLengthOrder = [19]uint8{17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	vp8lRepeatBits  = [3]uint32{2, 3, 7}
	vp8lRepeatFrom  = [3]int{3, 3, 11}
)

// tree reads one tree of an alphabet.
func (r *vp8lReader) tree(t *vp8lTree, alphabet int) {
	t.symbols = nil
	if r.bits(1) == 1 {
		r.simpleTree(t, alphabet)
		return
	}
	var lengths [19]uint8
	n := int(r.bits(4)) + 4
	for i := 0; i < n; i++ {
		lengths[vp8lLengthOrder[i]] = uint8(r.bits(3))
	}
	var code vp8lTree
	code.build(lengths[:])
	most := alphabet
	if r.bits(1) == 1 {
		most = int(r.bits(2+2*r.bits(3))) + 2
	}
	if most > alphabet || len(code.symbols) == 0 || r.err != nil {
		r.fail()
		return
	}
	var all [256 + 24 + 1<<11]uint8
	previous := uint8(8)
	for s := 0; s < alphabet && most > 0 && r.err == nil; most-- {
		length := r.symbol(&code)
		if length < 16 {
			all[s] = uint8(length)
			if s++; length != 0 {
				previous = uint8(length)
			}
			continue
		}
		repeat := int(r.bits(vp8lRepeatBits[length-16])) + vp8lRepeatFrom[length-16]
		if s+repeat > alphabet {
			r.fail()
			return
		}
		for range repeat {
			if length == 16 {
				all[s] = previous
			}
			s++
		}
	}
	t.build(all[:alphabet])
	if len(t.symbols) == 0 {
		r.fail()
	}
}

// simpleTree reads a tree of one or two symbols.
func (r *vp8lReader) simpleTree(t *vp8lTree, alphabet int) {
	n := int(r.bits(1)) + 1
	t.counts = [16]int{1: n}
	t.buffer[0] = uint16(r.bits(1 + 7*r.bits(1)))
	if n == 2 {
		t.buffer[1] = uint16(r.bits(8))
	}
	t.symbols = t.buffer[:n]
	for _, s := range t.symbols {
		if int(s) >= alphabet {
			r.fail()
		}
	}
}
