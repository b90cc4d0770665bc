package preprocess

import (
	"encoding/binary"
	"hash/crc32"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// pngFacts is what decoding a PNG needs to know beside its size.
type pngFacts struct {
	depth, colour   byte // bits a channel and colour type, as in IHDR
	pixelBytes      int  // of a picture that image/png makes
	rowBits         int  // a pixel in the file
	interlaced      bool // seven passes, each a picture of its own
	palette, levels int  // where the palette of colour type 3 lies, and its bytes
	dataAt          int  // where the first chunk of data stands
}

// pngChunk is one chunk with all that surrounds its data.
type pngChunk struct {
	kind  string
	data  []byte
	whole []byte // length, kind, data and sum
	next  int
}

func nextChunk(photo []byte, at int) (pngChunk, error) {
	if len(photo)-at < 12 {
		return pngChunk{}, refusef(ErrTruncated, "no chunk at byte %d of %d", at, len(photo))
	}
	size := int64(binary.BigEndian.Uint32(photo[at:]))
	if size > int64(len(photo)-at-12) {
		return pngChunk{}, refusef(ErrTruncated, "a chunk of %d bytes at %d of %d", size, at, len(photo))
	}
	end := at + 12 + int(size)
	return pngChunk{
		kind:  string(photo[at+4 : at+8]),
		data:  photo[at+8 : end-4],
		whole: photo[at:end],
		next:  end,
	}, nil
}

// nextPNG is nextChunk for a walk over the file: after the picture's data a file
// may be cut off, since only IEND or remarks are missing. The picture's own stream
// says whether it is complete. What is left then reads as IEND.
func nextPNG(photo []byte, at int, data bool) (pngChunk, error) {
	c, err := nextChunk(photo, at)
	if err == nil || !data || len(photo)-at >= 8 && string(photo[at+4:at+8]) == "IDAT" {
		return c, err
	}
	return pngChunk{kind: "IEND", whole: appendChunk(nil, "IEND", nil), next: len(photo)}, nil
}

// critical says whether a chunk is part of the picture, and not a remark on it.
func critical(kind string) bool { return kind[0]&0x20 == 0 }

// readPNGHeader walks all chunks: the orientation may stand after the picture,
// and a file without its end, or with a chunk out of place, is refused before it
// costs anything. Checksums are left to the decoder.
func readPNGHeader(photo []byte) (Header, error) {
	h := Header{Format: PNG, Orientation: 1}
	exif, transparent := false, false
	for at := len(pngSignature); ; {
		c, err := nextPNG(photo, at, h.png.dataAt > 0)
		if err != nil {
			return Header{}, err
		}
		first := at == len(pngSignature)
		misplaced := (c.kind == "IHDR") != first
		switch c.kind {
		case "IHDR":
			if len(c.data) != 13 {
				return Header{}, refusef(ErrDamaged, "IHDR of %d bytes", len(c.data))
			}
			if err := h.readIHDR(c.data); err != nil && !misplaced {
				return Header{}, err
			}
		case "PLTE": // of other colour types it is a remark
			if h.png.colour == 3 {
				misplaced = misplaced || h.png.levels > 0 || h.png.dataAt > 0 || len(c.data)%3 != 0 || len(c.data) == 0 || len(c.data) > 3*256
				h.png.palette, h.png.levels = at+8, len(c.data)
			}
		case "tRNS": // alpha is dropped: it only says what image/png will make
			transparent = true
		case "IDAT":
			misplaced = misplaced || h.png.colour == 3 && h.png.levels == 0
			if h.png.dataAt == 0 {
				h.png.dataAt = at
			}
		case "eXIf":
			if !exif {
				exif = true
				h.Orientation = exifOrientation(c.data)
			}
		case "IEND":
			if h.png.dataAt == 0 {
				return Header{}, refusef(ErrDamaged, "no IDAT chunk")
			}
			if transparent && h.png.colour == 0 {
				h.png.pixelBytes *= 4
			}
			return h, nil
		}
		if misplaced {
			return Header{}, refusef(ErrDamaged, "chunk %q of %d bytes at byte %d has no place there", c.kind, len(c.data), at)
		}
		at = c.next
	}
}

// readIHDR checks what image/png would refuse and estimates its pixels.
func (h *Header) readIHDR(p []byte) error {
	w, ht := binary.BigEndian.Uint32(p), binary.BigEndian.Uint32(p[4:])
	if w > 1<<31-1 || ht > 1<<31-1 {
		return refusef(ErrDamaged, "%d×%d pixels", w, ht)
	}
	h.Width, h.Height = int(w), int(ht)
	h.png.depth, h.png.colour = p[8], p[9]
	depth, colour := int(p[8]), p[9]
	if p[10] != 0 || p[11] != 0 || p[12] > 1 {
		return refusef(ErrUnsupported, "compression %d, filter %d, interlace %d", p[10], p[11], p[12])
	}
	h.png.interlaced = p[12] == 1
	small := depth == 1 || depth == 2 || depth == 4
	switch {
	case colour == 0 && (small || depth == 8 || depth == 16): // grey
		h.png.rowBits, h.png.pixelBytes = depth, max(depth/8, 1)
	case colour == 3 && (small || depth == 8): // palette
		h.png.rowBits, h.png.pixelBytes = depth, 1
	case colour == 2 && (depth == 8 || depth == 16): // RGB
		h.png.rowBits, h.png.pixelBytes = 3*depth, 4*depth/8
	case colour == 4 && (depth == 8 || depth == 16): // grey and alpha
		h.png.rowBits, h.png.pixelBytes = 2*depth, 4*depth/8
	case colour == 6 && (depth == 8 || depth == 16): // RGB and alpha
		h.png.rowBits, h.png.pixelBytes = 4*depth, 4*depth/8
	default:
		return refusef(ErrDamaged, "colour type %d with %d bits", colour, depth)
	}
	return nil
}

// appendChunk writes a chunk of our own.
func appendChunk(b []byte, kind string, data []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
	from := len(b)
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[from:]))
}
