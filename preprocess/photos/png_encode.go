package photos

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// PNGChunk is one chunk with length and sum.
func PNGChunk(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// IHDR is a PNG's header.
func IHDR(w, h uint32, depth, colour, interlace byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, w)
	b = binary.BigEndian.AppendUint32(b, h)
	return PNGChunk("IHDR", append(b, depth, colour, 0, 0, interlace))
}

// JoinPNG puts a signature before chunks.
func JoinPNG(chunks ...[]byte) []byte {
	b := []byte(pngSignature)
	for _, c := range chunks {
		b = append(b, c...)
	}
	return b
}

// IDAT compresses the rows of a PNG, filter bytes included.
func IDAT(rows []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write(rows)
	z.Close()
	return PNGChunk("IDAT", b.Bytes())
}

// EncodePNG writes a picture by the standard library.
func EncodePNG(img image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

// InsertPNG puts chunks behind the header of a PNG.
func InsertPNG(file []byte, chunks ...[]byte) []byte {
	const header = len(pngSignature) + 25
	b := bytes.Clone(file[:header])
	for _, c := range chunks {
		b = append(b, c...)
	}
	return append(b, file[header:]...)
}

// PNG16 is the picture with 16 bits a channel and alpha that hides half of it.
func PNG16(w, h int) []byte {
	src := Picture(w, h)
	img := image.NewNRGBA64(src.Rect)
	for y := range h {
		for x := range w {
			c := src.RGBAAt(x, y)
			a := uint16(0xffff)
			if x < w/2 {
				a = 0x1000
			}
			img.SetNRGBA64(x, y, color.NRGBA64{R: uint16(c.R) << 8, G: uint16(c.G) << 8, B: uint16(c.B) << 8, A: a})
		}
	}
	return EncodePNG(img)
}

// TransparentPNG is the picture with alpha 0 everywhere: its colours must come
// out as if there were none.
func TransparentPNG(w, h int) []byte {
	src := Picture(w, h)
	img := image.NewNRGBA(src.Rect)
	for i := 0; i < len(src.Pix); i += 4 {
		copy(img.Pix[i:], src.Pix[i:i+3])
	}
	return EncodePNG(img)
}

// InterlacedPNG is the picture in Adam7's seven passes.
func InterlacedPNG(w, h int) []byte {
	src := Picture(w, h)
	var rows []byte
	for _, p := range [7][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		if p[0] >= w {
			continue
		}
		for y := p[1]; y < h; y += p[3] {
			rows = append(rows, 0)
			for x := p[0]; x < w; x += p[2] {
				c := src.RGBAAt(x, y)
				rows = append(rows, c.R, c.G, c.B)
			}
		}
	}
	return JoinPNG(IHDR(uint32(w), uint32(h), 8, 2, 1), IDAT(rows), PNGChunk("IEND", nil))
}

// PaletteBadIndexPNG has a palette of two colours and pixels that ask for the
// two hundredth: the fault of CVE-2023-36308.
func PaletteBadIndexPNG(w, h int) []byte {
	rows := bytes.Repeat(append([]byte{0}, bytes.Repeat([]byte{200}, w)...), h)
	return JoinPNG(IHDR(uint32(w), uint32(h), 8, 3, 0), PNGChunk("PLTE", []byte{255, 0, 0, 0, 255, 0}),
		IDAT(rows), PNGChunk("IEND", nil))
}

// BombPNG is a few kilobytes that claim w × h grey pixels and hold them: all 0,
// compressed a thousandfold.
func BombPNG(w, h int) []byte {
	return JoinPNG(IHDR(uint32(w), uint32(h), 8, 0, 0), IDAT(make([]byte, (w+1)*h)), PNGChunk("IEND", nil))
}
