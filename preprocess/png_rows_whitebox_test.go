package preprocess

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"mangosense/models"
	"mangosense/preprocess/photos"
)

func square(width, height int) models.Input {
	return models.Input{
		Width: width, Height: height, Channels: 3, Layout: "NHWC", DType: "uint8", Colour: "RGB",
		Resize: models.Resize{Fit: "stretch", Filter: "triangle"},
	}
}

// lab is the preprocessor of the tests of this file.
var lab = sync.OnceValue(func() *Preprocessor {
	p, err := New(Config{})
	if err != nil {
		panic(err)
	}
	return p
})

// whole reads a PNG by image/png and takes its levels pixel by pixel.
func whole(photo []byte, h Header, in models.Input, dst []byte) error {
	img, err := guarded(func() (image.Image, error) { return png.Decode(pictureOf(photo)) })
	if err != nil {
		return pngFault(err)
	}
	if b := img.Bounds(); b.Dx() != h.Width || b.Dy() != h.Height {
		return refusef(ErrDamaged, "%v pixels decoded, %d×%d announced", b, h.Width, h.Height)
	}
	_, err = lab().resample(h, in, dst, func(y int, line []byte) error {
		for x := range h.Width {
			copy(line[4*x:], []byte{storedLevel(img, x, y, 0), storedLevel(img, x, y, 1), storedLevel(img, x, y, 2)})
		}
		return nil
	})
	return err
}

func pictureOf(photo []byte) *pngPicture {
	return &pngPicture{photo: photo, next: len(pngSignature), rest: []byte(pngSignature)}
}

// sloppyEnd says whether image/png refused a picture for what stands behind its
// last pixel, or for a palette longer than its pixels can name.
func sloppyEnd(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "too much pixel data") ||
		strings.Contains(err.Error(), "not enough pixel data") || strings.Contains(err.Error(), "bad PLTE length"))
}

// storedLevel is one of a pixel's stored levels, alpha or not.
func storedLevel(img image.Image, x, y, channel int) byte {
	switch c := img.At(x, y).(type) {
	case color.NRGBA:
		return [...]byte{c.R, c.G, c.B}[channel]
	case color.RGBA:
		return [...]byte{c.R, c.G, c.B}[channel]
	case color.NRGBA64:
		return byte([...]uint16{c.R, c.G, c.B}[channel] >> 8)
	case color.RGBA64:
		return byte([...]uint16{c.R, c.G, c.B}[channel] >> 8)
	case color.Gray:
		return c.Y
	case color.Gray16:
		return byte(c.Y >> 8)
	}
	panic("a colour that image/png does not make")
}

// bothWays fails unless both readers refuse a photo, or make the same tensor; ours
// may read one with a sloppy end.
func bothWays(t *testing.T, photo []byte, in models.Input) {
	t.Helper()
	h, err := readHeader(photo)
	if err != nil && bytes.HasPrefix(photo, []byte(pngSignature)) {
		c, configErr := png.DecodeConfig(pictureOf(photo))
		if configErr != nil || int64(c.Width)*int64(c.Height) > 1<<20 {
			return
		}
		if _, theirs := png.Decode(pictureOf(photo)); theirs == nil {
			t.Fatalf("image/png reads it; the header is refused: %v", err)
		}
	}
	if err != nil || h.Format != PNG || h.png.interlaced || h.Width < 1 || h.Height < 1 || int64(h.Width)*int64(h.Height) > 1<<20 {
		return
	}
	rows, all, drawn := make([]byte, in.Bytes()), make([]byte, in.Bytes()), make([]byte, in.Bytes())
	_, errRows := lab().rowsTensor(photo, h, in, rows)
	errAll := whole(photo, h, in, all)
	if errRows == nil && sloppyEnd(errAll) {
		return
	}
	if (errRows == nil) != (errAll == nil) {
		t.Fatalf("by rows: %v; as a whole: %v", errRows, errAll)
	}
	if errRows != nil {
		return
	}
	// The way of an interlaced picture, and of a lossless WebP.
	img, _ := png.Decode(pictureOf(photo))
	if _, err := lab().resample(h, in, drawn, rowsOf(img)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(drawn, all) {
		t.Fatalf("%T of %d×%d to %d×%d: another tensor by rowsOf", img, h.Width, h.Height, in.Width, in.Height)
	}
	if !bytes.Equal(rows, all) {
		for i := range rows {
			if rows[i] != all[i] {
				t.Fatalf("%d×%d, orientation %d, to %d×%d: byte %d is %d by rows, %d as a whole",
					h.Width, h.Height, h.Orientation, in.Width, in.Height, i, rows[i], all[i])
			}
		}
	}
}

// kinds are all combinations of colour type and depth.
var kinds = [][2]byte{{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1}, {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16}, {6, 8}, {6, 16}}

// noisy is a PNG of any kind with random pixels, all filters and, where the
// kind may have them, a palette and transparent colours.
func noisy(r *rand.Rand, w, h int, colour, depth byte, orientation int) []byte {
	bits := []int{1, 0, 3, 1, 2, 0, 4}[colour] * int(depth)
	var rows []byte
	for range h {
		rows = append(rows, byte(r.IntN(5)))
		for range (w*bits + 7) / 8 {
			rows = append(rows, byte(r.Uint32()))
		}
	}
	chunks := [][]byte{photos.IHDR(uint32(w), uint32(h), depth, colour, 0)}
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	if colour == 3 || colour == 2 && r.IntN(2) == 0 {
		chunks = append(chunks, photos.PNGChunk("PLTE", noise(3*(1+r.IntN(min(1<<depth, 256))))))
	}
	if colour < 4 && r.IntN(2) == 0 {
		chunks = append(chunks, photos.PNGChunk("tRNS", noise(map[byte]int{0: 2, 2: 6, 3: 1 + r.IntN(9)}[colour])))
	}
	if orientation != 1 {
		chunks = append(chunks, photos.PNGChunk("eXIf", photos.EXIF(orientation)))
	}
	return photos.JoinPNG(append(chunks, photos.IDAT(rows), photos.PNGChunk("IEND", nil))...)
}

// Every kind of PNG gives the same tensor row by row as whole, to the last bit:
// larger and smaller than the input, as wide or as high, at any orientation.
func TestRowsMakeTheSamePixels(t *testing.T) {
	table(t)
	r := rand.New(rand.NewPCG(1, 2))
	for _, kind := range kinds {
		for _, size := range [][2]int{{1, 1}, {1, 300}, {300, 1}, {24, 24}, {24, 90}, {90, 24}, {7, 5}, {131, 97}, {40, 400}, {13, 600}, {401, 33}} {
			for _, in := range []models.Input{square(24, 24), square(24, 13), square(97, 131)} {
				bothWays(t, noisy(r, size[0], size[1], kind[0], kind[1], 1+r.IntN(8)), in)
			}
		}
	}
	for range 300 {
		kind := kinds[r.IntN(len(kinds))]
		bothWays(t, noisy(r, 1+r.IntN(200), 1+r.IntN(200), kind[0], kind[1], 1+r.IntN(8)), square(1+r.IntN(64), 1+r.IntN(64)))
	}
}

// oddPNGs are files whose chunks are not as they should be.
func oddPNGs() map[string][]byte {
	r := rand.New(rand.NewPCG(3, 4))
	rows := append([]byte{0}, make([]byte, 3*4)...)
	ihdr, idat, end := photos.IHDR(4, 1, 8, 2, 0), photos.IDAT(rows), photos.PNGChunk("IEND", nil)
	grey, paletted := photos.IHDR(12, 1, 8, 0, 0), photos.IHDR(12, 1, 8, 3, 0)
	data := idat[8 : len(idat)-4]
	chunk, plte, trns := photos.PNGChunk, photos.PNGChunk("PLTE", []byte{1, 2, 3, 4, 5, 6}), photos.PNGChunk("tRNS", make([]byte, 6))
	damaged := func(b []byte, at int) []byte { c := bytes.Clone(b); c[at] ^= 0x40; return c }
	join := photos.JoinPNG
	odd := map[string][]byte{
		"as it should be":           join(ihdr, idat, end),
		"data in two":               join(ihdr, chunk("IDAT", data[:5]), chunk("IDAT", data[5:]), end),
		"data in bytes":             join(append(append([][]byte{ihdr}, single(data)...), end)...),
		"data apart":                join(ihdr, chunk("IDAT", data[:5]), chunk("tEXt", nil), chunk("IDAT", data[5:]), end),
		"empty data between":        join(ihdr, chunk("IDAT", nil), chunk("IDAT", data[:5]), chunk("IDAT", nil), chunk("IDAT", data[5:]), end),
		"more data behind":          join(ihdr, idat, chunk("IDAT", []byte("more")), end),
		"data again later":          join(ihdr, idat, chunk("tEXt", nil), idat, end),
		"bytes behind the stream":   join(ihdr, chunk("IDAT", append(bytes.Clone(data), "trailing"...)), end),
		"many behind the stream":    join(ihdr, chunk("IDAT", append(bytes.Clone(data), make([]byte, 20_000)...)), end),
		"too few rows":              join(photos.IHDR(4, 2, 8, 2, 0), idat, end),
		"too many rows":             join(ihdr, photos.IDAT(append(rows, rows...)), end),
		"one byte too much":         join(ihdr, photos.IDAT(append(bytes.Clone(rows), 0)), end),
		"no sum of the stream":      join(ihdr, chunk("IDAT", data[:len(data)-4]), end),
		"wrong sum of the stream":   join(ihdr, chunk("IDAT", damaged(data, len(data)-1)), end),
		"no stream":                 join(ihdr, chunk("IDAT", []byte("no zlib")), end),
		"a stream of nothing":       join(ihdr, chunk("IDAT", nil), end),
		"filter 5":                  join(ihdr, photos.IDAT(append([]byte{5}, rows[1:]...)), end),
		"damaged header":            join(damaged(ihdr, 24), idat, end),
		"wrong sum of the data":     join(ihdr, damaged(idat, len(idat)-1), end),
		"wrong sum of a text":       join(ihdr, damaged(chunk("tEXt", []byte("x")), 9), idat, end),
		"wrong sum of the end":      join(ihdr, idat, damaged(end, 10)),
		"an end with data":          join(ihdr, idat, chunk("IEND", []byte("x"))),
		"two headers":               join(ihdr, ihdr, idat, end),
		"palette for colours":       join(ihdr, plte, idat, end),
		"damaged palette, unused":   join(ihdr, damaged(plte, len(plte)-1), idat, end),
		"palette for grey":          join(grey, plte, idat, end),
		"palette twice":             join(paletted, plte, plte, idat, end),
		"palette behind":            join(paletted, idat, plte, end),
		"no palette":                join(paletted, idat, end),
		"palette of nothing":        join(paletted, chunk("PLTE", nil), idat, end),
		"palette of 4 bytes":        join(paletted, chunk("PLTE", make([]byte, 4)), idat, end),
		"palette of 257":            join(paletted, chunk("PLTE", make([]byte, 3*257)), idat, end),
		"palette of 3 for one bit":  join(photos.IHDR(96, 1, 1, 3, 0), chunk("PLTE", make([]byte, 9)), idat, end),
		"transparent colour":        join(ihdr, trns, idat, end),
		"transparent behind":        join(ihdr, idat, trns, end),
		"transparent twice":         join(ihdr, trns, trns, idat, end),
		"transparent, then palette": join(ihdr, trns, plte, idat, end),
		"transparent of palette":    join(paletted, plte, trns, idat, end),
		"transparent of 257":        join(paletted, plte, chunk("tRNS", make([]byte, 257)), idat, end),
		"transparent, no palette":   join(paletted, trns, idat, end),
		"transparent grey":          join(grey, chunk("tRNS", make([]byte, 2)), idat, end),
		"transparent of 3 bytes":    join(grey, chunk("tRNS", make([]byte, 3)), idat, end),
		"transparent beside alpha":  join(photos.IHDR(3, 1, 8, 6, 0), trns, idat, end),
	}
	for _, kind := range kinds {
		odd[fmt.Sprintf("colour %d, %d bits", kind[0], kind[1])] = noisy(r, 19, 23, kind[0], kind[1], 6)
	}
	return odd
}

func single(data []byte) (chunks [][]byte) {
	for _, b := range data {
		chunks = append(chunks, photos.PNGChunk("IDAT", []byte{b}))
	}
	return chunks
}

func TestRowsRefuseTheSameFiles(t *testing.T) {
	good := 0
	for name, photo := range oddPNGs() {
		t.Run(name, func(t *testing.T) { bothWays(t, photo, square(8, 8)) })
		if _, err := png.Decode(bytes.NewReader(photo)); err == nil {
			good++
		}
	}
	if good < 20 || good > 40 {
		t.Errorf("%d of the files are good: the list tests one side only", good)
	}
}

// FuzzPNGRows: whatever the bytes, both readers refuse, or make the same tensor.
func FuzzPNGRows(f *testing.F) {
	for _, photo := range oddPNGs() {
		f.Add(photo)
	}
	in := square(8, 8)
	f.Fuzz(func(t *testing.T, photo []byte) { bothWays(t, photo, in) })
}

// A steady stream of PNGs allocates nothing that grows with them.
func TestRowsAllocateLittle(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 800, 600))
	for i := range img.Pix {
		img.Pix[i] = byte(i * i >> 8)
	}
	img.SetNRGBA(0, 0, color.NRGBA{})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	in := square(224, 224)
	dst := make([]byte, in.Bytes())
	h, err := readPNGHeader(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	// One reader by hand: under the race detector a sync.Pool drops one in four.
	// That the pool serves is seen by TestSteady, in a server built without it.
	r := pngReaders.New().(*pngRows)
	each := testing.Benchmark(func(b2 *testing.B) {
		for b2.Loop() {
			if _, err := r.tensor(lab(), b.Bytes(), h, in, dst); err != nil {
				b2.Fatal(err)
			}
		}
	}).AllocedBytesPerOp()
	if each > 64<<10 {
		t.Errorf("%d bytes a photo", each)
	}
}

// table skips, under the race detector, a test that compares many pictures in one
// goroutine: make test-go runs it without.
func table(t *testing.T) {
	t.Helper()
	if race {
		t.Skip("no goroutine is under way in it: it runs without the race detector")
	}
}
