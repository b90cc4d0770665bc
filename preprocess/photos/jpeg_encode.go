package photos

import (
	"cmp"
	"image"
	"math"
)

// Encoding says how EncodeJPEG writes. The zero value is baseline 4:2:0 in one
// scan.
type Encoding struct {
	Grey, CMYK  bool
	Sampling    []byte // horizontal << 4 | vertical, one a component
	Progressive bool   // five to ten scans, DC with successive approximation
	Separate    bool   // sequential, but each component in a scan of its own
	Restart     int    // MCUs between restart markers
	Orientation int    // EXIF, left out when 0
	NoJFIF      bool
	Quantum     int // the step of every coefficient; 4 when 0
}

// EncodeJPEG writes a picture as JPEG. CMYK is written as Adobe does: inverted,
// with its marker.
func EncodeJPEG(img *image.RGBA, e Encoding) []byte {
	f := newFrame(img, e)
	out := []byte{0xff, 0xd8}
	if !e.NoJFIF && !e.CMYK {
		out = append(out, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0)
	}
	if e.Orientation > 0 {
		out = appendSegment(out, 0xe1, append([]byte("Exif\x00\x00"), EXIF(e.Orientation)...))
	}
	if e.CMYK {
		out = appendSegment(out, 0xee, []byte{'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0})
	}
	table := make([]byte, 65)
	for i := range 64 {
		table[1+i] = byte(f.quantum)
	}
	out = appendSegment(out, 0xdb, table)
	kind := byte(0xc0)
	if e.Progressive {
		kind = 0xc2
	}
	head := []byte{8, byte(f.h >> 8), byte(f.h), byte(f.w >> 8), byte(f.w), byte(len(f.planes))}
	for i, p := range f.planes {
		head = append(head, byte(i+1), byte(p.hs<<4|p.vs), 0)
	}
	out = appendSegment(out, kind, head)
	for class, t := range huffmanTables {
		out = appendSegment(out, 0xc4, append(append([]byte{byte(class << 4)}, t.counts[:]...), t.symbols...))
	}
	if e.Restart > 0 {
		out = appendSegment(out, 0xdd, []byte{byte(e.Restart >> 8), byte(e.Restart)})
	}
	for _, s := range f.scans(e) {
		out = f.appendScan(out, s, e.Restart)
	}
	return append(out, 0xff, 0xd9)
}

// quantum is the step of every coefficient where nothing else is asked for.
const quantum = 4

// plane is one component as quantised coefficients, in zigzag order.
type plane struct {
	hs, vs       int
	wide, high   int // blocks that hold pixels
	padded       int // blocks a row, whole MCUs
	coefficients [][64]int
}

type frame struct {
	w, h       int
	maxH, maxV int
	quantum    int
	planes     []plane
}

func newFrame(img *image.RGBA, e Encoding) frame {
	f := frame{w: img.Rect.Dx(), h: img.Rect.Dy(), maxH: 1, maxV: 1, quantum: cmp.Or(e.Quantum, quantum)}
	sampling := e.Sampling
	n := 3
	switch {
	case e.Grey:
		n = 1
	case e.CMYK:
		n = 4
	}
	if sampling == nil {
		sampling = map[int][]byte{1: {0x11}, 3: {0x22, 0x11, 0x11}, 4: {0x11, 0x11, 0x11, 0x11}}[n]
	}
	for _, s := range sampling {
		f.maxH, f.maxV = max(f.maxH, int(s>>4)), max(f.maxV, int(s&15))
	}
	for i := range n {
		p := plane{hs: int(sampling[i] >> 4), vs: int(sampling[i] & 15)}
		pw, ph := ceil(f.w*p.hs, f.maxH), ceil(f.h*p.vs, f.maxV)
		p.wide, p.high = ceil(pw, 8), ceil(ph, 8)
		p.padded = ceil(f.w, 8*f.maxH) * p.hs
		rows := ceil(f.h, 8*f.maxV) * p.vs
		p.coefficients = make([][64]int, p.padded*rows)
		for b := range p.coefficients {
			var block [64]float64
			for k := range block {
				x := (b%p.padded)*8 + k%8
				y := (b/p.padded)*8 + k/8
				block[k] = f.sample(img, n, i, x, y, p) - 128
			}
			p.coefficients[b] = transform(block, float64(f.quantum))
		}
		f.planes = append(f.planes, p)
	}
	return f
}

// sample averages a component over the pixels that one of its samples covers.
func (f frame) sample(img *image.RGBA, components, component, x, y int, p plane) float64 {
	var sum float64
	n := 0
	for py := y * f.maxV / p.vs; py < max((y+1)*f.maxV/p.vs, y*f.maxV/p.vs+1); py++ {
		for px := x * f.maxH / p.hs; px < max((x+1)*f.maxH/p.hs, x*f.maxH/p.hs+1); px++ {
			at := img.PixOffset(min(px, f.w-1), min(py, f.h-1))
			sum += component4(img.Pix[at:], components, component)
			n++
		}
	}
	return sum / float64(n)
}

func component4(rgb []byte, components, component int) float64 {
	r, g, b := float64(rgb[0]), float64(rgb[1]), float64(rgb[2])
	if components == 4 {
		// K stays 0, so that inverted CMYK is RGB and 255.
		return []float64{r, g, b, 255}[component]
	}
	switch component {
	case 0:
		return 0.299*r + 0.587*g + 0.114*b
	case 1:
		return -0.168736*r - 0.331264*g + 0.5*b + 128
	default:
		return 0.5*r - 0.418688*g - 0.081312*b + 128
	}
}

// zigzag is the place in a block of each coefficient in the order of the file.
var zigzag = [64]int{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

var cosines = func() (c [8][8]float64) {
	for u := range 8 {
		for x := range 8 {
			c[u][x] = math.Cos(float64(2*x+1)*float64(u)*math.Pi/16) / 2
			if u == 0 {
				c[u][x] /= math.Sqrt2
			}
		}
	}
	return c
}()

// transform is the DCT of a block, quantised, in zigzag order.
func transform(block [64]float64, quantum float64) (out [64]int) {
	var half [64]float64
	for y := range 8 {
		for u := range 8 {
			for x := range 8 {
				half[y*8+u] += block[y*8+x] * cosines[u][x]
			}
		}
	}
	for i, at := range zigzag {
		u, v, sum := at%8, at/8, 0.0
		for y := range 8 {
			sum += half[y*8+u] * cosines[v][y]
		}
		out[i] = int(math.Round(sum / quantum))
	}
	return out
}

func ceil(n, by int) int { return (n + by - 1) / by }

func appendSegment(out []byte, marker byte, payload []byte) []byte {
	n := len(payload) + 2
	return append(append(out, 0xff, marker, byte(n>>8), byte(n)), payload...)
}
