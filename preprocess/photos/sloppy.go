package photos

import (
	"bytes"
	"encoding/binary"
)

// sloppyJPEG are files that break a rule which libjpeg and browsers do not insist
// on: the picture is whole and must be read.
func sloppyJPEG() []Odd {
	p := Picture(oddW, oddH)
	base := EncodeJPEG(p, Encoding{})
	progressive := EncodeJPEG(p, Encoding{Progressive: true})
	separate := EncodeJPEG(p, Encoding{Separate: true})
	noJFIF := EncodeJPEG(p, Encoding{NoJFIF: true})
	exif := EncodeJPEG(p, Encoding{Orientation: 1})
	short := func(marker, length byte) []byte { return []byte{0xff, marker, 0, length} }
	beforeScan := func(jpeg []byte, n int, what []byte) []byte {
		at := scanStarts(jpeg)[n]
		return append(append(bytes.Clone(jpeg[:at]), what...), jpeg[at:]...)
	}
	adobe := func(transform byte) []byte {
		return appendSegment(nil, 0xee, []byte{'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, transform})
	}
	second := appendSegment(nil, 0xe2, append([]byte("MPF\x00MM\x00*\x00\x00\x00\x08\x00\x00"), Maker...))
	odd := []Odd{
		{Name: "jpeg application segment before its frame cut short", Bytes: Insert(base, appendSegment(nil, 0xe1, []byte("Ex")))},
		{Name: "jpeg exif of nothing", Bytes: Insert(base, appendSegment(nil, 0xe1, []byte("Exif\x00\x00")))},
		{Name: "jpeg exif of noise", Bytes: Insert(base, appendSegment(nil, 0xe1, append([]byte("Exif\x00\x00"), bytes.Repeat([]byte{0xa7}, 90)...)))},
		{Name: "jpeg exif before jfif", Bytes: append(append(bytes.Clone(exif[:2]), appendSegment(nil, 0xe1, append([]byte("Exif\x00\x00"), EXIF(1)...))...), base[2:]...)},
		{Name: "jpeg exif twice", Bytes: Insert(exif, appendSegment(nil, 0xe1, append([]byte("Exif\x00\x00"), EXIF(1)...)))},
		{Name: "jpeg jfif twice", Bytes: append(bytes.Clone(base[:20]), base[2:]...)},
		{Name: "jpeg jfif cut short", Bytes: Insert(noJFIF, appendSegment(nil, 0xe0, []byte("JFIF\x00\x01")))},
		{Name: "jpeg adobe mark twice", Bytes: Insert(noJFIF, append(adobe(0), adobe(1)...))},
		{Name: "jpeg adobe mark cut short", Bytes: Insert(base, appendSegment(nil, 0xee, []byte("Adobe")))},
		{Name: "jpeg fill bytes", Bytes: Insert(base, []byte{0xff, 0xff, 0xff})},
		{Name: "jpeg fill bytes before a scan", Bytes: beforeScan(base, 0, []byte{0xff, 0xff})},
		{Name: "jpeg fill bytes before the end", Bytes: append(bytes.Clone(base[:len(base)-2]), 0xff, 0xff, 0xff, 0xd9)},
		{Name: "jpeg zeros between segments", Bytes: Insert(base, make([]byte, 7))},
		{Name: "jpeg stuffed byte between segments", Bytes: Insert(base, []byte{0xff, 0})},
		{Name: "jpeg restart marker between segments", Bytes: Insert(base, []byte{0xff, 0xd0})},
		{Name: "jpeg temporary marker between segments", Bytes: Insert(base, []byte{0xff, 0x01})},
		{Name: "jpeg number of lines before its frame", Bytes: Insert(base, []byte{0xff, 0xdc, 0, 4, 0, oddH})},
		{Name: "jpeg component ids of letters", Bytes: componentIDs(base, 'Y', 'C', 'c')},
		{Name: "jpeg component ids from 0", Bytes: componentIDs(base, 0, 1, 2)},
		{Name: "jpeg component ids all 1", Bytes: componentIDs(base, 1, 1, 1)},
		{Name: "jpeg several pictures", Bytes: append(append(Insert(base, second), base...), base...)},
		{Name: "jpeg trailer as phones append", Bytes: append(append(bytes.Clone(base), 0, 0, 1, 0x0a, 8, 0, 0, 0), "Image_UTC_Data1600000000000SEFH\x6b\x00\x00\x00\x01\x00\x00\x00SEFT"...)},
		{Name: "jpeg film behind the end", Bytes: append(bytes.Clone(base), HEIC("isom")...)},
		{Name: "jpeg zeros for its end marker", Bytes: append(bytes.Clone(base[:len(base)-2]), make([]byte, 512)...)},
		{Name: "jpeg half an end marker", Bytes: base[:len(base)-1]},
		{Name: "jpeg end marker twice", Bytes: append(bytes.Clone(base), 0xff, 0xd9)},
		{Name: "jpeg progressive without its end marker", Bytes: progressive[:len(progressive)-2]},
		{Name: "jpeg progressive, zeros for its end marker", Bytes: append(bytes.Clone(progressive[:len(progressive)-2]), make([]byte, 512)...)},
		{Name: "jpeg one scan a component, without its end marker", Bytes: separate[:len(separate)-2]},
		{Name: "jpeg progressive with a last scan missing and no end", Bytes: progressive[:scanStarts(progressive)[len(scanStarts(progressive))-1]], Code: "TRUNCATED_PHOTO"},
		{Name: "jpeg progressive with half a last scan and an end", Bytes: append(bytes.Clone(progressive[:(scanStarts(progressive)[len(scanStarts(progressive))-1]+len(progressive))/2]), 0xff, 0xd9), Code: "DAMAGED_PHOTO"},
		{Name: "jpeg comment between scans", Bytes: beforeScan(progressive, 1, appendSegment(nil, 0xfe, []byte(Maker)))},
		{Name: "jpeg comment of length 0 between scans", Bytes: beforeScan(progressive, 1, short(0xfe, 0))},
		{Name: "jpeg huffman segment of length 0", Bytes: Insert(base, short(0xc4, 0)), Code: "DAMAGED_PHOTO"},
		{Name: "jpeg quantisation segment of length 1", Bytes: Insert(base, short(0xdb, 1)), Code: "DAMAGED_PHOTO"},
		{Name: "jpeg restart interval of length 0", Bytes: Insert(base, short(0xdd, 0)), Code: "DAMAGED_PHOTO"},
		{Name: "jpeg frame of length 0", Bytes: Insert(base, short(0xc0, 0)), Code: "DAMAGED_PHOTO"},
		{Name: "jpeg application segment beyond its end", Bytes: Insert(base[:len(base)/2], []byte{0xff, 0xe5, 0xff, 0xff}), Code: "TRUNCATED_PHOTO"},
	}
	for _, m := range []struct {
		name   string
		marker byte
	}{{"comment", 0xfe}, {"jfif", 0xe0}, {"exif", 0xe1}, {"profile", 0xe2}, {"adobe mark", 0xee}, {"application 15", 0xef}, {"number of lines", 0xdc}} {
		odd = append(odd,
			Odd{Name: "jpeg " + m.name + " of length 0", Bytes: Insert(base, short(m.marker, 0))},
			Odd{Name: "jpeg " + m.name + " of length 1", Bytes: Insert(base, short(m.marker, 1))},
			Odd{Name: "jpeg " + m.name + " of length 2", Bytes: Insert(base, short(m.marker, 2))},
			Odd{Name: "jpeg " + m.name + " of length 0 with bytes behind", Bytes: Insert(base, append(short(m.marker, 0), "junk"...))},
		)
	}
	return odd
}

// componentIDs names the components anew, in the frame and in the first scan.
func componentIDs(jpeg []byte, ids ...byte) []byte {
	b := bytes.Clone(jpeg)
	frame, scan := frameAt(b), scanStarts(b)[0]
	for i, id := range ids {
		b[frame+10+3*i] = id
		b[scan+5+2*i] = id
	}
	return b
}

// sloppyPNG are PNG files whose remarks are damaged, misplaced or cut off.
func sloppyPNG() []Odd {
	base := EncodePNG(Picture(oddW, oddH))
	interlaced := InterlacedPNG(oddW, oddH)
	wrongSum := func(kind, data string) []byte {
		c := PNGChunk(kind, []byte(data))
		c[len(c)-1] ^= 0x55
		return c
	}
	end := len(base) - 12 // IEND
	behind := func(what []byte) []byte { return append(append(bytes.Clone(base[:end]), what...), base[end:]...) }
	return []Odd{
		{Name: "png text with a wrong sum", Bytes: InsertPNG(base, wrongSum("tEXt", "Author\x00"+Maker))},
		{Name: "png profile with a wrong sum", Bytes: InsertPNG(base, wrongSum("iCCP", "ICC_PROFILE\x00\x00noise"))},
		{Name: "png profile that does not inflate", Bytes: InsertPNG(base, PNGChunk("iCCP", []byte("ICC_PROFILE\x00\x00noise")))},
		{Name: "png gamma of 1 byte", Bytes: InsertPNG(base, PNGChunk("gAMA", []byte{1}))},
		{Name: "png resolution of no bytes", Bytes: InsertPNG(base, PNGChunk("pHYs", nil))},
		{Name: "png interlaced, text with a wrong sum", Bytes: InsertPNG(interlaced, wrongSum("tEXt", "Author\x00"+Maker))},
		{Name: "png interlaced, transparent colour of 3 bytes", Bytes: InsertPNG(interlaced, PNGChunk("tRNS", make([]byte, 3)))},
		{Name: "png interlaced, without its end", Bytes: interlaced[:len(interlaced)-12]},
		{Name: "png transparent colour of 3 bytes", Bytes: InsertPNG(base, PNGChunk("tRNS", make([]byte, 3)))},
		{Name: "png palette beside colours, of 4 bytes", Bytes: InsertPNG(base, PNGChunk("PLTE", make([]byte, 4)))},
		{Name: "png data of no bytes", Bytes: InsertPNG(base, PNGChunk("IDAT", nil))},
		{Name: "png data of no bytes behind", Bytes: behind(PNGChunk("IDAT", nil))},
		{Name: "png text behind the picture with a wrong sum", Bytes: behind(wrongSum("tEXt", "Author\x00"+Maker))},
		{Name: "png text behind the picture beyond the end", Bytes: append(bytes.Clone(base[:end]), 0, 1, 0, 0, 't', 'E', 'X', 't', 'A')},
		{Name: "png without its end", Bytes: base[:end]},
		{Name: "png half an end", Bytes: base[:end+6]},
		{Name: "png end with a wrong sum", Bytes: patched(base, len(base)-1, 0)},
		{Name: "png end with data", Bytes: append(bytes.Clone(base[:end]), PNGChunk("IEND", []byte(Maker))...)},
		{Name: "png end twice", Bytes: append(bytes.Clone(base), base[end:]...)},
		{Name: "png cut off in its data", Bytes: base[:end-9], Code: "TRUNCATED_PHOTO"},
		{Name: "png cut off in a text before its data", Bytes: append(bytes.Clone(base[:33]), 0, 1, 0, 0, 't', 'E', 'X', 't', 'A'), Code: "TRUNCATED_PHOTO"},
	}
}

// sloppyWebP are WebP files whose sizes or whose last chunks are wrong.
func sloppyWebP() []Odd {
	data := vp8l(Picture(oddW, oddH))
	picture := Chunk("VP8L", data)
	exif := Chunk("EXIF", EXIF(1))
	whole := RIFF(VP8X(8, oddW, oddH), picture, exif)
	withSize := func(b []byte, by int) []byte {
		b = bytes.Clone(b)
		binary.LittleEndian.PutUint32(b[4:], uint32(int(binary.LittleEndian.Uint32(b[4:]))+by))
		return b
	}
	odd := append(Chunk("XMP ", []byte("abc"))[:8:8], "abc"...) // without its padding
	return []Odd{
		{Name: "webp form larger than the file", Bytes: withSize(RIFF(picture), 4)},
		{Name: "webp cut off behind its picture", Bytes: whole[:len(whole)-20]},
		{Name: "webp bytes behind its picture", Bytes: RIFF(picture, []byte("abc"))},
		{Name: "webp last chunk of odd size without padding", Bytes: RIFF(VP8X(4, oddW, oddH), picture, odd)},
		{Name: "webp chunk beyond the form", Bytes: RIFF(VP8X(8, oddW, oddH), picture, []byte{'E', 'X', 'I', 'F', 0xff, 0, 0, 0})},
		{Name: "webp unknown chunk before its picture", Bytes: RIFF(VP8X(0, oddW, oddH), Chunk("JUNK", []byte(Maker)), picture)},
		{Name: "webp exif of noise", Bytes: RIFF(VP8X(8, oddW, oddH), picture, Chunk("EXIF", bytes.Repeat([]byte{0xa7}, 33)))},
		{Name: "webp exif without its flag", Bytes: RIFF(VP8X(0, oddW, oddH), picture, exif)},
		{Name: "webp two pictures", Bytes: RIFF(picture, picture)},
		{Name: "webp form smaller than its picture", Bytes: withSize(RIFF(picture), -30), Code: "TRUNCATED_PHOTO"},
	}
}
