package photos

import "math/bits"

// huffman is one of the tables of the JPEG standard's annex K, for brightness;
// the colours use them too.
type huffman struct {
	counts  [16]byte
	symbols []byte
}

// huffmanTables are the DC and the AC table.
var huffmanTables = [2]huffman{
	{[16]byte{0, 1, 5, 1, 1, 1, 1, 1, 1}, []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
	{[16]byte{0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d}, []byte{
		0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0,
		0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49,
		0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
		0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5,
		0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
		0xf9, 0xfa,
	}},
}

type code struct{ value, length int }

var codes = func() (t [2]map[byte]code) {
	for i, h := range huffmanTables {
		t[i] = map[byte]code{}
		value, next := 0, 0
		for n, count := range h.counts {
			for range count {
				t[i][h.symbols[next]] = code{value, n + 1}
				value++
				next++
			}
			value <<= 1
		}
	}
	return t
}()

// scan is one pass: which components, which coefficients, which bits.
type scan struct {
	components  []int
	first, last int
	high, low   int
}

func (f frame) scans(e Encoding) []scan {
	var all []int
	for i := range f.planes {
		all = append(all, i)
	}
	var out []scan
	switch {
	case e.Progressive:
		out = append(out, scan{components: all, low: 1})
		for i := range all {
			out = append(out, scan{components: []int{i}, first: 1, last: 5}, scan{components: []int{i}, first: 6, last: 63})
		}
		return append(out, scan{components: all, high: 1})
	case e.Separate:
		for i := range all {
			out = append(out, scan{components: []int{i}, last: 63})
		}
		return out
	}
	return []scan{{components: all, last: 63}}
}

// bitWriter writes entropy-coded bits, stuffed.
type bitWriter struct {
	out  []byte
	acc  uint64
	have int
}

func (w *bitWriter) put(value, n int) {
	w.acc = w.acc<<n | uint64(value)&(1<<n-1)
	for w.have += n; w.have >= 8; w.have -= 8 {
		b := byte(w.acc >> (w.have - 8))
		w.out = append(w.out, b)
		if b == 0xff {
			w.out = append(w.out, 0)
		}
	}
}

func (w *bitWriter) flush() {
	if w.have > 0 {
		w.put(0x7f, 8-w.have)
	}
}

func (w *bitWriter) symbol(table int, s byte) { c := codes[table][s]; w.put(c.value, c.length) }

// number writes a value in JPEG's way: its bits, negative ones less one.
func (w *bitWriter) number(v, size int) {
	if v < 0 {
		v += 1<<size - 1
	}
	w.put(v, size)
}

func size(v int) int { return bits.Len(uint(max(v, -v))) }

func (f frame) appendScan(out []byte, s scan, restart int) []byte {
	head := []byte{byte(len(s.components))}
	for _, c := range s.components {
		head = append(head, byte(c+1), 0)
	}
	out = appendSegment(out, 0xda, append(head, byte(s.first), byte(s.last), byte(s.high<<4|s.low)))
	w := bitWriter{out: out}
	before := make([]int, len(f.planes))
	n := 0
	unit := func(blocks func()) {
		if restart > 0 && n > 0 && n%restart == 0 {
			w.flush()
			w.out = append(w.out, 0xff, 0xd0+byte(n/restart-1)%8)
			clear(before)
		}
		n++
		blocks()
	}
	if len(s.components) == 1 {
		c := s.components[0]
		p := f.planes[c]
		for y := range p.high {
			for x := range p.wide {
				unit(func() { w.block(&p.coefficients[y*p.padded+x], s, &before[c]) })
			}
		}
	} else {
		for my := range ceil(f.h, 8*f.maxV) {
			for mx := range ceil(f.w, 8*f.maxH) {
				unit(func() {
					for _, c := range s.components {
						p := f.planes[c]
						for b := range p.hs * p.vs {
							x, y := mx*p.hs+b%p.hs, my*p.vs+b/p.hs
							w.block(&p.coefficients[y*p.padded+x], s, &before[c])
						}
					}
				})
			}
		}
	}
	w.flush()
	return w.out
}

func (w *bitWriter) block(c *[64]int, s scan, before *int) {
	if s.first == 0 && s.high > 0 {
		w.put(c[0]>>s.low&1, 1)
		return
	}
	i := s.first
	if i == 0 {
		dc := c[0] >> s.low
		diff := dc - *before
		*before = dc
		w.symbol(0, byte(size(diff)))
		w.number(diff, size(diff))
		i = 1
	}
	run := 0
	for ; i <= s.last; i++ {
		if c[i] == 0 {
			run++
			continue
		}
		for ; run > 15; run -= 16 {
			w.symbol(1, 0xf0)
		}
		w.symbol(1, byte(run<<4|size(c[i])))
		w.number(c[i], size(c[i]))
		run = 0
	}
	if run > 0 {
		w.symbol(1, 0)
	}
}
