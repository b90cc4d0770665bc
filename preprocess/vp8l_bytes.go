package preprocess

import "errors"

// What golang.org/x/image/vp8l takes for its Huffman trees: for a group of five
// the look-up tables and slices, for a tree two nodes a symbol, and the lists of
// code lengths and codes that it leaves to the garbage collector.
const (
	vp8lGroupBytes  = 5 * (24 + 512)
	vp8lNodeBytes   = 2*8 + 2 // slices are rounded up to size classes
	vp8lSymbolBytes = 2 * 4

	// vp8lGroups is the most groups that libwebp and vp8l accept.
	vp8lGroups = 2600
)

var (
	errVP8LEnd   = errors.New("the VP8L data end too early")
	errVP8LTree  = errors.New("a Huffman tree is not valid")
	errVP8LTwice = errors.New("a transform comes twice")
)

// vp8lBytes reads a lossless WebP up to its pixels and returns how much memory
// its decoding takes. A file of some 100 KB can ask for 130 MB of Huffman trees,
// so it has to be known before; one cannot tell without reading the small
// pictures that stand before the trees. Only their number of pixels and their
// highest group index matter, so no pixel is kept.
//
// It accepts more than the decoder does; it never asks for memory by the file's
// leave and its work is bounded by the data and a sixteenth of the pixels.
func vp8lBytes(data []byte) (int64, error) {
	r := vp8lReader{data: data[1:]} // after the signature
	w, h := int(r.bits(14))+1, int(r.bits(14))+1
	r.bits(1 + 3)
	bytes, unpacked := int64(0), int64(0)
	small := func(w, h int) int {
		bytes += 4 * int64(w) * int64(h)
		return r.picture(w, h)
	}
	for seen := uint32(0); r.bits(1) == 1; {
		kind := r.bits(2)
		if r.err == nil && seen&(1<<kind) != 0 {
			return 0, errVP8LTwice
		}
		seen |= 1 << kind
		switch kind {
		case 0, 1: // predictor, cross colour: a picture of tiles
			b := r.bits(3) + 2
			small(tiles(w, b), tiles(h, b))
		case 3: // colour indexing: a row of colours, then several pixels in one
			colours := int(r.bits(8)) + 1
			bytes += 4 * 256
			r.picture(colours, 1)
			if packed := packing(colours); packed > 0 {
				unpacked = 4 * int64(w) * int64(h)
				w = tiles(w, packed)
			}
		}
		if r.err != nil {
			return 0, r.err
		}
	}
	bytes += 4*int64(w)*int64(h) + unpacked
	cache := r.cacheBits()
	groups := 1
	if r.bits(1) == 1 {
		b := r.bits(3) + 2
		groups = small(tiles(w, b), tiles(h, b)) + 1
	}
	if r.err == nil && groups > vp8lGroups {
		return 0, errVP8LTree
	}
	var t [5]vp8lTree
	for i := 0; i < groups && r.err == nil; i++ {
		bytes += r.group(&t, cache)
	}
	return bytes, r.err
}

// packing is the binary logarithm of how many pixels of a palette share one.
func packing(colours int) uint32 {
	switch {
	case colours <= 2:
		return 3
	case colours <= 4:
		return 2
	case colours <= 16:
		return 1
	}
	return 0
}

func tiles(size int, bits uint32) int { return (size + 1<<bits - 1) >> bits }

// vp8lReader reads bits from the lowest up. After an error it gives zeros.
type vp8lReader struct {
	data []byte
	acc  uint64
	have uint32
	err  error
}

func (r *vp8lReader) bits(n uint32) uint32 {
	for r.have < n {
		if len(r.data) == 0 {
			if r.err == nil {
				r.err = errVP8LEnd
			}
			return 0
		}
		r.acc |= uint64(r.data[0]) << r.have
		r.data = r.data[1:]
		r.have += 8
	}
	v := uint32(r.acc & (1<<n - 1))
	r.acc >>= n
	r.have -= n
	return v
}

func (r *vp8lReader) cacheBits() uint32 {
	if r.bits(1) == 0 {
		return 0
	}
	n := r.bits(4)
	if n < 1 || n > 11 {
		r.fail()
		return 0
	}
	return n
}

func (r *vp8lReader) fail() {
	if r.err == nil {
		r.err = errVP8LTree
	}
}

// picture passes over one of the small pictures and returns its highest group
// index, red and green taken as one number. Copies and the cache only repeat
// pixels that were there.
func (r *vp8lReader) picture(w, h int) (highest int) {
	cache := r.cacheBits()
	var t [5]vp8lTree
	r.group(&t, cache)
	for left := w * h; left > 0 && r.err == nil; {
		green := r.symbol(&t[0])
		switch {
		case green < 256:
			red := r.symbol(&t[1])
			r.symbol(&t[2])
			r.symbol(&t[3])
			highest = max(highest, red<<8|green)
			left--
		case green < 256+24:
			left -= r.lz77(green - 256)
			r.lz77(r.symbol(&t[4]))
		default:
			left--
		}
	}
	return highest
}

// lz77 reads the extra bits of a length or a distance.
func (r *vp8lReader) lz77(symbol int) int {
	if symbol < 4 {
		return symbol + 1
	}
	extra := uint32(symbol-2) >> 1
	return (2+symbol&1)<<extra + int(r.bits(extra)) + 1
}

// group reads five trees and returns what they take in the decoder.
func (r *vp8lReader) group(t *[5]vp8lTree, cache uint32) int64 {
	bytes := int64(vp8lGroupBytes)
	for i := range t {
		alphabet := [5]int{256 + 24, 256, 256, 256, 40}[i]
		if i == 0 && cache > 0 {
			alphabet += 1 << cache
		}
		r.tree(&t[i], alphabet)
		bytes += int64(len(t[i].symbols))*vp8lNodeBytes + int64(alphabet)*vp8lSymbolBytes
	}
	return bytes
}
