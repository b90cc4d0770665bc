package preprocess

import "bytes"

// jpegFacts is what decoding a JPEG needs to know beside its size.
type jpegFacts struct {
	components  int
	sampling    [4]uint8 // horizontal << 4 | vertical
	ids         [4]uint8
	progressive bool
	arithmetic  bool // coded so, not by Huffman's tables
	buffered    bool // several scans: every coefficient is held until the last
	scans       int  // of one that is buffered
	// untidy: something that libjpeg only warns of stands before the picture.
	// It says only its first warning, and that one must be about the picture:
	// such a file is tidied first.
	untidy  bool
	open    bool // the file does not end with the end marker
	scansAt int  // where the first SOS marker stands
}

func indexFF(b []byte) int { return bytes.IndexByte(b, 0xff) }

// readJPEGHeader walks the segments up to the first scan.
func readJPEGHeader(photo []byte) (Header, error) {
	h := Header{Format: JPEG, Orientation: 1}
	h.jpeg.open = !bytes.HasSuffix(photo, []byte{0xff, markerEOI})
	exif := false
	for at := 2; ; {
		s, err := nextSegment(photo, at)
		if err != nil {
			return Header{}, err
		}
		if s.skipped > 0 {
			h.jpeg.untidy = true
		}
		switch {
		case isSOF(s.marker):
			if h.jpeg.components > 0 {
				return Header{}, refusef(ErrDamaged, "a second frame header")
			}
			if err := h.readFrame(s); err != nil {
				return Header{}, err
			}
		case s.marker == markerSOS:
			if h.jpeg.components == 0 {
				return Header{}, refusef(ErrDamaged, "a scan before the frame header")
			}
			h.jpeg.scansAt = at + s.skipped
			return h, h.jpeg.readFirstScan(s)
		case s.marker == markerEOI:
			return Header{}, refusef(ErrTruncated, "no scan before the end marker")
		case s.marker == markerSOI, s.marker == markerDHP, s.marker == markerEXP, s.marker == markerJPG:
			return Header{}, refusef(ErrDamaged, "marker %#x before the first scan", s.marker)
		case s.marker == markerAPP1 && !exif && bytes.HasPrefix(s.payload, []byte(exifPrefix)):
			exif = true // the first one counts
			h.Orientation = exifOrientation(s.payload)
		case s.marker == markerAPP0 && oddJFIF(s.payload), s.marker == markerAPPE && oddAdobe(s.payload):
			h.jpeg.untidy = true
		}
		at = s.next
	}
}

// oddJFIF and oddAdobe know what libjpeg warns of in these two segments.
func oddJFIF(p []byte) bool {
	return len(p) >= 14 && bytes.HasPrefix(p, []byte("JFIF\x00")) && p[5] != 1
}

func oddAdobe(p []byte) bool {
	return len(p) >= 12 && bytes.HasPrefix(p, []byte("Adobe")) && p[11] > 2
}

// readFrame reads size, components and kind of a frame header.
func (h *Header) readFrame(s segment) error {
	p := s.payload
	if len(p) < 6 {
		return refusef(ErrDamaged, "a frame header of %d bytes", len(p))
	}
	h.Height, h.Width = int(p[1])<<8|int(p[2]), int(p[3])<<8|int(p[4])
	n := int(p[5])
	switch {
	case s.marker != 0xc0 && s.marker != 0xc1 && s.marker != 0xc2 && s.marker != 0xc9:
		// Among others progressive arithmetic coding, which libjpeg-turbo could
		// read: nothing writes it, and no other decoding takes as long.
		return refusef(ErrUnsupported, "JPEG process %#x", s.marker)
	case p[0] != 8:
		return refusef(ErrUnsupported, "%d bits a sample", p[0])
	case n != 1 && n != 3 && n != 4:
		return refusef(ErrUnsupported, "%d components", n)
	case len(p) != 6+3*n:
		return refusef(ErrDamaged, "a frame header of %d bytes for %d components", len(p), n)
	}
	h.jpeg.components = n
	h.jpeg.progressive = s.marker == 0xc2
	h.jpeg.arithmetic = s.marker == 0xc9
	for i := range n {
		c := p[6+3*i:]
		if hs, vs := c[1]>>4, c[1]&15; hs < 1 || hs > 4 || vs < 1 || vs > 4 {
			return refusef(ErrDamaged, "sampling %d×%d", hs, vs)
		}
		h.jpeg.ids[i], h.jpeg.sampling[i] = c[0], c[1]
	}
	return nil
}

// readFirstScan tells whether one scan holds the whole picture.
func (j *jpegFacts) readFirstScan(s segment) error {
	p := s.payload
	if len(p) < 1 || len(p) != 4+2*int(p[0]) || p[0] < 1 || int(p[0]) > j.components {
		return refusef(ErrDamaged, "a scan header of %d bytes", len(p))
	}
	j.buffered = j.progressive || int(p[0]) < j.components
	if !j.progressive {
		end := p[1+2*int(p[0]):]
		j.untidy = j.untidy || end[0] != 0 || end[1] != 63 || end[2] != 0
	}
	return nil
}
