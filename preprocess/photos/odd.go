package photos

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"slices"
)

// Odd is a photo with something unusual about it.
type Odd struct {
	Name  string
	Bytes []byte
	// Code is what it must be refused with; empty: it must be read, and look
	// like Picture unless Plain says that it does not.
	Code  string
	Plain bool
}

// The sides of the odd photos that are not about their size.
const oddW, oddH = 160, 120

// JPEG is an ordinary photo.
func JPEG(w, h int) []byte { return EncodeJPEG(Picture(w, h), Encoding{}) }

// PNG is an ordinary PNG.
func PNG(w, h int) []byte { return EncodePNG(Picture(w, h)) }

// WebP is an ordinary lossless WebP.
func WebP(w, h int) []byte { return EncodeWebP(Picture(w, h)) }

// TruncatedJPEG is a photo of which the last half of the data is missing.
func TruncatedJPEG(w, h int) []byte { b := JPEG(w, h); return b[:len(b)/2] }

// HoleJPEG is a photo with a stretch of its data overwritten.
func HoleJPEG(w, h int) []byte { return hole(JPEG(w, h)) }

// All are the odd photos, small enough to try them all in every test.
func All() []Odd {
	return slices.Concat(oddJPEG(), oddPNG(), oddWebP(), oddOther(), sloppyJPEG(), sloppyPNG(), sloppyWebP())
}

func oddJPEG() []Odd {
	p := Picture(oddW, oddH)
	base := EncodeJPEG(p, Encoding{})
	progressive := EncodeJPEG(p, Encoding{Progressive: true})
	separate := EncodeJPEG(p, Encoding{Separate: true})
	exif := EncodeJPEG(p, Encoding{Orientation: 1})
	return []Odd{
		{Name: "jpeg", Bytes: base},
		{Name: "jpeg progressive", Bytes: progressive},
		{Name: "jpeg one scan a component", Bytes: separate},
		{Name: "jpeg grey", Bytes: EncodeJPEG(p, Encoding{Grey: true}), Plain: true},
		{Name: "jpeg grey with odd sampling", Bytes: EncodeJPEG(p, Encoding{Grey: true, Sampling: []byte{0x22}}), Plain: true},
		{Name: "jpeg cmyk", Bytes: EncodeJPEG(p, Encoding{CMYK: true})},
		{Name: "jpeg 4:1:1", Bytes: EncodeJPEG(p, Encoding{Sampling: []byte{0x41, 0x11, 0x11}})},
		{Name: "jpeg 4:4:0", Bytes: EncodeJPEG(p, Encoding{Sampling: []byte{0x12, 0x11, 0x11}})},
		{Name: "jpeg 4:4:4 by threes", Bytes: EncodeJPEG(p, Encoding{Sampling: []byte{0x31, 0x31, 0x31}})},
		{Name: "jpeg unequal chroma", Bytes: EncodeJPEG(p, Encoding{Sampling: []byte{0x22, 0x21, 0x12}})},
		{Name: "jpeg restart markers", Bytes: EncodeJPEG(p, Encoding{Restart: 3})},
		{Name: "jpeg without jfif", Bytes: EncodeJPEG(p, Encoding{NoJFIF: true})},
		{Name: "jpeg exif loop", Bytes: replaceEXIF(exif, LoopingEXIF()), Plain: true},
		{Name: "jpeg exif without bounds", Bytes: replaceEXIF(exif, BoundlessEXIF())},
		{Name: "jpeg icc of 4 MB", Bytes: Insert(base, BigICC())},
		{Name: "jpeg comment", Bytes: Insert(base, appendSegment(nil, 0xfe, []byte(Maker)))},
		{Name: "jpeg jfif of an unknown revision", Bytes: patched(base, 11, 9)},
		{Name: "jpeg bytes between segments", Bytes: Insert(base, []byte("junk"))},
		{Name: "jpeg bytes before the end", Bytes: append(append(bytes.Clone(base[:len(base)-2]), "more"...), 0xff, 0xd9)},
		{Name: "jpeg bytes behind the end", Bytes: append(bytes.Clone(base), bytes.Repeat([]byte(Maker), 99)...)},
		{Name: "jpeg second picture behind the end", Bytes: append(bytes.Clone(base), base...)},
		{Name: "jpeg without its end marker", Bytes: base[:len(base)-2]},
		{Name: "jpeg wrong scan parameters", Bytes: scanParameters(base, 0, 0, 0)},
		{Name: "jpeg without huffman tables", Bytes: without(base, 0xc4)}, // as cameras' motion JPEG: the usual ones are meant
		{Name: "jpeg arithmetic", Bytes: Arithmetic()},

		{Name: "jpeg truncated", Bytes: base[:len(base)/2], Code: "TRUNCATED_PHOTO"},
		{Name: "jpeg truncated, with an end", Bytes: append(bytes.Clone(base[:len(base)/2]), 0xff, 0xd9), Code: "DAMAGED_PHOTO"},
		{Name: "jpeg truncated, junk in its header", Bytes: Insert(append(bytes.Clone(base[:len(base)/2]), 0xff, 0xd9), []byte("junk")), Code: "DAMAGED_PHOTO"},
		{Name: "jpeg progressive truncated", Bytes: progressive[:len(progressive)/2], Code: "TRUNCATED_PHOTO"},
		{Name: "jpeg progressive without colour", Bytes: scansOnly(separate, 1), Code: "DAMAGED_PHOTO"},
		{Name: "jpeg scan bomb", Bytes: ScanBomb(oddW, oddH), Code: "UNSUPPORTED_PHOTO"},
		{Name: "jpeg same scan again", Bytes: repeatedScan(separate), Code: "DAMAGED_PHOTO"},
		{Name: "jpeg hole in the data", Bytes: hole(base), Code: "DAMAGED_PHOTO"},
		{Name: "jpeg of 12 bits", Bytes: frameByte(base, 0, 12), Code: "UNSUPPORTED_PHOTO"},
		{Name: "jpeg lossless", Bytes: frameMarker(base, 0xc3), Code: "UNSUPPORTED_PHOTO"},
		{Name: "jpeg of 65,535²", Bytes: frameSize(base, 65535, 65535), Code: "TOO_MANY_PIXELS"},
		{Name: "jpeg of 60,000²", Bytes: frameSize(base, 60000, 60000), Code: "TOO_MANY_PIXELS"},
		{Name: "jpeg claims twice its height", Bytes: frameSize(base, oddW, 2*oddH), Code: "DAMAGED_PHOTO"},
		{Name: "jpeg of height 0", Bytes: frameSize(base, oddW, 0), Code: "DAMAGED_PHOTO"},
		{Name: "jpeg of width 0", Bytes: frameSize(base, 0, oddH), Code: "DAMAGED_PHOTO"},
		{Name: "jpeg no quantisation tables", Bytes: without(base, 0xdb), Code: "DAMAGED_PHOTO"},
		{Name: "jpeg start marker alone", Bytes: []byte{0xff, 0xd8, 0xff}, Code: "TRUNCATED_PHOTO"},
		{Name: "jpeg start and end", Bytes: []byte{0xff, 0xd8, 0xff, 0xd9}, Code: "TRUNCATED_PHOTO"},
	}
}

func oddPNG() []Odd {
	p := Picture(oddW, oddH)
	base := EncodePNG(p)
	bad := bytes.Clone(base)
	bad[len(bad)-20] ^= 0x55
	palette := image.NewPaletted(p.Rect, color.Palette{color.NRGBA{200, 0, 0, 0}, color.NRGBA{0, 200, 0, 128}})
	return []Odd{
		{Name: "png", Bytes: base},
		{Name: "png of 16 bits", Bytes: PNG16(oddW, oddH)},
		{Name: "png interlaced", Bytes: InterlacedPNG(oddW, oddH)},
		{Name: "png all transparent", Bytes: TransparentPNG(oddW, oddH)},
		{Name: "png palette with alpha", Bytes: EncodePNG(palette), Plain: true},
		{Name: "png palette with a bad index", Bytes: PaletteBadIndexPNG(40, 30), Plain: true},
		{Name: "png text", Bytes: InsertPNG(base, PNGChunk("tEXt", []byte("Author\x00"+Maker)))},
		{Name: "png exif loop", Bytes: InsertPNG(base, PNGChunk("eXIf", LoopingEXIF())), Plain: true},
		{Name: "png bytes behind the end", Bytes: append(bytes.Clone(base), Maker...)},
		{Name: "png bomb", Bytes: BombPNG(2000, 2000), Plain: true},
		{Name: "png truncated", Bytes: base[:len(base)/2], Code: "TRUNCATED_PHOTO"},
		{Name: "png of 65,535²", Bytes: JoinPNG(IHDR(65535, 65535, 8, 2, 0), IDAT(nil), PNGChunk("IEND", nil)), Code: "TOO_MANY_PIXELS"},
		{Name: "png of 50 million by 1", Bytes: JoinPNG(IHDR(50_000_000, 1, 16, 6, 0), IDAT(nil), PNGChunk("IEND", nil)), Code: "TOO_MANY_PIXELS"},
		{Name: "png without data", Bytes: JoinPNG(IHDR(100, 100, 8, 2, 0), PNGChunk("IEND", nil)), Code: "DAMAGED_PHOTO"},
		{Name: "png with too few rows", Bytes: JoinPNG(IHDR(100, 100, 8, 0, 0), IDAT(make([]byte, 101*50)), PNGChunk("IEND", nil)), Code: "DAMAGED_PHOTO"},
		{Name: "png of width 0", Bytes: JoinPNG(IHDR(0, 100, 8, 2, 0), IDAT(nil), PNGChunk("IEND", nil)), Code: "DAMAGED_PHOTO"},
		{Name: "png with a wrong sum", Bytes: bad, Code: "DAMAGED_PHOTO"},
		{Name: "png of 3 bits", Bytes: JoinPNG(IHDR(10, 10, 3, 0, 0), IDAT(nil), PNGChunk("IEND", nil)), Code: "DAMAGED_PHOTO"},
	}
}

func oddWebP() []Odd {
	p := Picture(oddW, oddH)
	base := EncodeWebP(p)
	data := vp8l(p)
	return []Odd{
		{Name: "webp lossless", Bytes: base},
		{Name: "webp exif behind the picture", Bytes: RIFF(VP8X(8, oddW, oddH), Chunk("VP8L", data), Chunk("EXIF", EXIF(1)))},
		{Name: "webp bytes behind the end", Bytes: append(bytes.Clone(base), Maker...)},
		{Name: "webp lossy", Bytes: FlatWebP(oddW, oddH), Plain: true},
		{Name: "webp animated", Bytes: RIFF(VP8X(2, oddW, oddH), Chunk("ANIM", make([]byte, 6)), Chunk("ANMF", append(make([]byte, 16), Chunk("VP8L", data)...))), Code: "ANIMATED_PHOTO"},
		{Name: "webp truncated", Bytes: base[:len(base)/2], Code: "TRUNCATED_PHOTO"},
		{Name: "webp truncated, sizes corrected", Bytes: RIFF(Chunk("VP8L", data[:len(data)/2])), Code: "TRUNCATED_PHOTO"},
		{Name: "webp other canvas", Bytes: RIFF(VP8X(0, 2*oddW, oddH), Chunk("VP8L", data)), Code: "DAMAGED_PHOTO"},
		{Name: "webp without a picture", Bytes: RIFF(VP8X(0, oddW, oddH)), Code: "DAMAGED_PHOTO"},
		{Name: "webp of 16,383²", Bytes: FlatWebP(16383, 16383), Code: "TOO_MANY_PIXELS"},
	}
}

func oddOther() []Odd {
	return []Odd{
		{Name: "jpeg of 1×1", Bytes: JPEG(1, 1), Plain: true},
		{Name: "jpeg of 1×60,000", Bytes: JPEG(1, 60000), Plain: true},
		{Name: "jpeg of 60,000×1", Bytes: JPEG(60000, 1), Plain: true},
		{Name: "png of 1×1", Bytes: PNG(1, 1), Plain: true},
		{Name: "png of 1×60,000", Bytes: BombPNG(1, 60000), Plain: true},
		{Name: "png of 60,000×1", Bytes: BombPNG(60000, 1), Plain: true},
		{Name: "webp of 1×1", Bytes: WebP(1, 1), Plain: true},
		{Name: "webp of 1×16,000", Bytes: WebP(1, 16000), Plain: true},
		{Name: "heic", Bytes: HEIC("heic"), Code: "HEIC_NOT_SUPPORTED"},
		{Name: "avif", Bytes: HEIC("avif"), Code: "HEIC_NOT_SUPPORTED"},
		{Name: "mp4", Bytes: HEIC("isom"), Code: "NOT_A_PHOTO"},
		{Name: "gif", Bytes: []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00"), Code: "NOT_A_PHOTO"},
		{Name: "tiff", Bytes: append([]byte("II*\x00"), make([]byte, 100)...), Code: "NOT_A_PHOTO"},
		{Name: "text", Bytes: []byte("<html>not a photo</html>"), Code: "NOT_A_PHOTO"},
		{Name: "nothing", Bytes: nil, Code: "NOT_A_PHOTO"},
	}
}

// HEIC is the head of an ISO media file of a brand, as phones' galleries send.
func HEIC(brand string) []byte {
	b := binary.BigEndian.AppendUint32(nil, 24)
	b = append(b, "ftyp"+brand+"\x00\x00\x00\x00"+"isom"+brand...)
	return append(b, make([]byte, 64)...)
}
