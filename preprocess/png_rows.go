package preprocess

import (
	"bufio"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"mangosense/models"
)

// pngRows reads a picture that is not interlaced a row at a time, so that it is
// never whole in memory. What pixels it makes is what image/png does, which a fuzz
// test holds it to.
type pngRows struct {
	idat     pngData
	buffered *bufio.Reader
	inflate  io.ReadCloser // nil before the first photo

	row, above []byte // of the file, each after its filter byte
}

var pngReaders = sync.Pool{New: func() any { return &pngRows{buffered: bufio.NewReader(nil)} }}

// pngFormat says how pixels lie in a row.
type pngFormat struct {
	depth, colour byte
	palette       [3 * 256]byte // black where the file has none
}

func (f *pngFormat) channels() int { return [...]int{1, 0, 3, 1, 2, 0, 4}[f.colour] }

// rowsTensor decodes and resamples a PNG row by row.
func (p *Preprocessor) rowsTensor(photo []byte, h Header, in models.Input, dst []byte) (Timings, error) {
	r := pngReaders.Get().(*pngRows)
	t, err := r.tensor(p, photo, h, in, dst)
	r.idat = pngData{} // keep no photo alive
	r.buffered.Reset(nil)
	pngReaders.Put(r)
	return t, err
}

func (r *pngRows) tensor(p *Preprocessor, photo []byte, h Header, in models.Input, dst []byte) (Timings, error) {
	f, err := newPNGFormat(photo, h)
	if err != nil {
		return Timings{}, err
	}
	r.idat = pngData{photo: photo, next: h.png.dataAt}
	r.buffered.Reset(&r.idat)
	if r.inflate == nil {
		r.inflate, err = zlib.NewReader(r.buffered)
	} else {
		err = r.inflate.(zlib.Resetter).Reset(r.buffered, nil)
	}
	if err != nil {
		return Timings{}, refuse(ErrDamaged, err)
	}
	bits := f.channels() * int(f.depth)
	size, pixel := 1+(bits*h.Width+7)/8, max(bits/8, 1)
	r.row, r.above = sized(r.row, size), sized(r.above, size)
	clear(r.above)
	t, err := p.resample(h, in, dst, func(_ int, line []byte) error {
		if _, err := io.ReadFull(r.inflate, r.row); err != nil {
			return refuse(ErrDamaged, err)
		}
		if !unfilter(r.row[0], r.row[1:], r.above[1:], pixel) {
			return refusef(ErrDamaged, "a row with filter %d", r.row[0])
		}
		f.toRGBX(line, r.row[1:])
		r.row, r.above = r.above, r.row
		return nil
	})
	if err != nil {
		return Timings{}, err
	}
	return t, r.end()
}

// end compares the checksum of a stream that ends with the last row. Surplus pixels,
// bytes after the stream and a missing checksum do not harm the picture, whose chunks
// have checksums of their own: Pillow and browsers read it.
func (r *pngRows) end() error {
	var one [1]byte
	n, err := 0, error(nil)
	for i := 0; n == 0 && err == nil && i < 100; i++ {
		n, err = r.inflate.Read(one[:])
	}
	if errors.Is(err, zlib.ErrChecksum) {
		return refuse(ErrDamaged, err)
	}
	return nil
}

// newPNGFormat takes what the header says, once the checksums of the chunks that
// the picture is made of hold. Others are passed over, damaged or not.
func newPNGFormat(photo []byte, h Header) (f pngFormat, err error) {
	f.depth, f.colour = h.png.depth, h.png.colour
	if f.depth == 0 || h.png.palette+h.png.levels > len(photo) {
		return f, fmt.Errorf("cannot make tensor: %w", ErrHeader)
	}
	copy(f.palette[:], photo[h.png.palette:][:h.png.levels])
	for at, data := len(pngSignature), false; ; {
		c, err := nextPNG(photo, at, data)
		if err != nil || c.kind == "IEND" {
			return f, err
		}
		data = data || c.kind == "IDAT"
		remark := !critical(c.kind) || c.kind == "PLTE" && f.colour != 3
		if sum := c.whole[len(c.whole)-4:]; !remark && crc32.ChecksumIEEE(c.whole[4:len(c.whole)-4]) != binary.BigEndian.Uint32(sum) {
			return f, refusef(ErrDamaged, "the checksum of chunk %q is wrong", c.kind)
		}
		at = c.next
	}
}

var errNoData = errors.New("the picture's data ends too early")

// pngData is the data of consecutive IDAT chunks as one stream.
type pngData struct {
	photo []byte
	next  int
	rest  []byte // of the chunk being read
}

func (d *pngData) Read(p []byte) (int, error) {
	for len(d.rest) == 0 {
		c, err := nextChunk(d.photo, d.next)
		if err != nil || c.kind != "IDAT" {
			return 0, errNoData
		}
		d.rest, d.next = c.data, c.next
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

// unfilter undoes a row's filter in place; it returns whether there is such one.
func unfilter(kind byte, row, above []byte, pixel int) bool {
	above = above[:len(row)]
	switch kind {
	case 0:
	case 1:
		for i := pixel; i < len(row); i++ {
			row[i] += row[i-pixel]
		}
	case 2:
		for i, up := range above {
			row[i] += up
		}
	case 3:
		for i := range min(pixel, len(row)) {
			row[i] += above[i] / 2
		}
		for i := pixel; i < len(row); i++ {
			row[i] += byte((int(row[i-pixel]) + int(above[i])) / 2)
		}
	case 4:
		for i := range min(pixel, len(row)) {
			row[i] += above[i]
		}
		for i := pixel; i < len(row); i++ {
			row[i] += paeth(row[i-pixel], above[i], above[i-pixel])
		}
	default:
		return false
	}
	return true
}

// paeth is the neighbour (left, up, left above) nearest to left + up − corner.
func paeth(left, up, corner byte) byte {
	a, b := int(up)-int(corner), int(left)-int(corner)
	c := abs(a + b)
	switch a, b = abs(a), abs(b); {
	case a <= b && a <= c:
		return left
	case b <= c:
		return up
	}
	return corner
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// toRGBX writes a row's colours: of 16 bits the upper eight, alpha dropped.
func (f *pngFormat) toRGBX(line, row []byte) {
	wide := int(f.depth / 8) // of a channel
	step := f.channels() * wide
	switch {
	case wide == 0:
		f.bitsToRGBX(line, row)
	case f.colour == 3:
		for i := range len(line) / 4 {
			copy(line[4*i:4*i+3], f.palette[3*int(row[i]):])
		}
	case f.colour&2 == 0:
		spread(line, row, step, 0, 0)
	default:
		spread(line, row, step, wide, 2*wide)
	}
}

// bitsToRGBX is toRGBX for pixels of less than a byte.
func (f *pngFormat) bitsToRGBX(line, row []byte) {
	depth := int(f.depth)
	white := 1<<depth - 1
	for i := range len(line) / 4 {
		at := i * depth
		v := int(row[at/8]) >> (8 - depth - at%8) & white
		if f.colour == 3 {
			copy(line[4*i:4*i+3], f.palette[3*v:])
			continue
		}
		grey := byte(v * 255 / white)
		line[4*i], line[4*i+1], line[4*i+2] = grey, grey, grey
	}
}

// sized is b with n elements, whatever is in them.
func sized[T any](b []T, n int) []T {
	if cap(b) < n {
		return make([]T, n)
	}
	return b[:n]
}
