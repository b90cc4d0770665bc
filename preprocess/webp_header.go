package preprocess

import "encoding/binary"

// webpFacts says where the picture's data lies in the file.
type webpFacts struct {
	lossless             bool
	from, size           int   // of the VP8 or VP8L chunk's data
	alphaFrom, alphaSize int   // of the alpha chunk's before it
	bytes                int64 // what decoding a lossless picture takes
}

// riffChunk is one chunk of a RIFF file.
type riffChunk struct {
	kind string
	data []byte
	from int // where the data begins
	next int
}

func nextRIFF(photo []byte, at, end int) (riffChunk, error) {
	if end-at < 8 {
		return riffChunk{}, refusef(ErrTruncated, "no chunk at byte %d of %d", at, end)
	}
	size := int64(binary.LittleEndian.Uint32(photo[at+4:]))
	if size > int64(end-at-8) {
		return riffChunk{}, refusef(ErrTruncated, "a chunk of %d bytes at %d of %d", size, at, end)
	}
	c := riffChunk{kind: string(photo[at : at+4]), from: at + 8}
	c.data = photo[c.from : c.from+int(size)]
	c.next = min(c.from+int(size)+int(size&1), end) // padded to even
	return c, nil
}

// riffEnd is where the RIFF form ends, or the file if it is cut off: the picture's
// own chunk must be whole, what follows it is of no use. What follows the form is
// not read.
func riffEnd(photo []byte) int {
	return int(min(int64(binary.LittleEndian.Uint32(photo[4:]))+8, int64(len(photo))))
}

// readWebPHeader walks all chunks: the orientation stands after the picture.
func readWebPHeader(photo []byte) (Header, error) {
	end := riffEnd(photo)
	h := Header{Format: WebP, Orientation: 1}
	var canvasW, canvasH int
	exif := false
	for at := 12; at < end; {
		c, err := nextRIFF(photo, at, end)
		if err != nil && h.webp.size > 0 {
			break // after the picture
		}
		if err != nil {
			return Header{}, err
		}
		switch c.kind {
		case "VP8X":
			if len(c.data) < 10 {
				return Header{}, refusef(ErrDamaged, "VP8X of %d bytes", len(c.data))
			}
			if c.data[0]&2 != 0 {
				return Header{}, refuse(ErrAnimated, nil)
			}
			canvasW, canvasH = 1+int24(c.data[4:]), 1+int24(c.data[7:])
		case "ANIM", "ANMF":
			return Header{}, refuse(ErrAnimated, nil)
		case "VP8 ", "VP8L":
			if h.webp.size == 0 { // the first one counts
				if err := h.readFrameTag(c); err != nil {
					return Header{}, err
				}
			}
		case "ALPH":
			if h.webp.size == 0 && h.webp.alphaSize == 0 {
				h.webp.alphaFrom, h.webp.alphaSize = c.from, len(c.data)
			}
		case "EXIF":
			if !exif {
				exif = true
				h.Orientation = exifOrientation(c.data)
			}
		}
		at = c.next
	}
	if h.webp.size == 0 {
		return Header{}, refusef(ErrDamaged, "no picture in the file")
	}
	if canvasW != 0 && (canvasW != h.Width || canvasH != h.Height) {
		return Header{}, refusef(ErrDamaged, "a picture of %d×%d on a canvas of %d×%d", h.Width, h.Height, canvasW, canvasH)
	}
	return h, nil
}

// readDecodeCost reads what decoding takes where the size alone does not say.
func (f *webpFacts) readDecodeCost(photo []byte) error {
	if !f.lossless {
		return nil
	}
	n, err := vp8lBytes(photo[f.from : f.from+f.size])
	if err == errVP8LEnd {
		return refuse(ErrTruncated, err)
	}
	if err != nil {
		return refuse(ErrDamaged, err)
	}
	f.bytes = n
	return nil
}

// readFrameTag reads the size from the picture's own data.
func (h *Header) readFrameTag(c riffChunk) error {
	p := c.data
	h.webp.lossless, h.webp.from, h.webp.size = c.kind == "VP8L", c.from, len(p)
	if h.webp.lossless {
		if len(p) < 5 || p[0] != 0x2f {
			return refusef(ErrDamaged, "a VP8L chunk of %d bytes without its signature", len(p))
		}
		bits := binary.LittleEndian.Uint32(p[1:])
		if bits>>29 != 0 {
			return refusef(ErrUnsupported, "VP8L version %d", bits>>29)
		}
		h.Width, h.Height = 1+int(bits&0x3fff), 1+int(bits>>14&0x3fff)
		return nil
	}
	if len(p) < 10 || p[3] != 0x9d || p[4] != 0x01 || p[5] != 0x2a {
		return refusef(ErrDamaged, "a VP8 chunk of %d bytes without its start code", len(p))
	}
	if p[0]&1 != 0 {
		return refusef(ErrDamaged, "the VP8 frame is not a key frame")
	}
	h.Width = int(binary.LittleEndian.Uint16(p[6:]) & 0x3fff)
	h.Height = int(binary.LittleEndian.Uint16(p[8:]) & 0x3fff)
	return nil
}

func int24(p []byte) int { return int(p[0]) | int(p[1])<<8 | int(p[2])<<16 }
