package preprocess

import (
	"bytes"
	"io"
)

// The two application segments that say how the colours are meant, rewritten
// without what else they can carry: thumbnail and resolution.
var (
	bareJFIF  = []byte{0xff, markerAPP0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0}
	bareAdobe = []byte{0xff, markerAPPE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0}
)

// cleanJPEG copies the segments that the picture is made of, in their order.
func cleanJPEG(w io.Writer, photo []byte, h Header) error {
	if err := write(w, []byte{0xff, markerSOI}); err != nil {
		return err
	}
	jfif, oriented := false, h.Orientation == 1
	for at := 2; ; {
		s, err := nextSegment(photo, at)
		if err != nil {
			return err
		}
		isJFIF := s.marker == markerAPP0 && len(s.payload) >= 14 && bytes.HasPrefix(s.payload, []byte("JFIF\x00"))
		if !oriented && !isJFIF {
			// First of all, but after JFIF, which wants that place too.
			oriented = true
			if err := write(w, exifSegment(h.Orientation)); err != nil {
				return err
			}
		}
		at = s.next
		switch {
		case isJFIF && !jfif:
			jfif = true
			err = write(w, bareJFIF)
		case s.marker == markerAPPE && len(s.payload) >= 12 && bytes.HasPrefix(s.payload, []byte("Adobe")):
			a := bytes.Clone(bareAdobe) // of several the last one counts
			a[len(a)-1] = s.payload[11]
			if a[len(a)-1] > 2 {
				a[len(a)-1] = h.jpeg.unknownTransform()
			}
			err = write(w, a)
		case s.marker == markerSOS:
			end := scanEnd(photo, at)
			data := photo[at:end]
			for end == len(photo) && len(data) > 0 && data[len(data)-1] == 0xff {
				data = data[:len(data)-1] // half an end marker
			}
			err = write(w, scanHeader(s.payload, h.jpeg.progressive), data)
			at = end
			if err == nil && at == len(photo) {
				// A complete picture may lack its end marker; Tensor has seen
				// whether it is complete.
				return write(w, []byte{0xff, markerEOI})
			}
		case s.marker == markerEOI:
			return write(w, []byte{0xff, markerEOI})
		case s.marker == markerSOI:
			return refusef(ErrDamaged, "a second start marker")
		case isSOF(s.marker), s.marker == markerDHT, s.marker == markerDQT, s.marker == markerDAC, s.marker == markerDRI:
			size := len(s.payload) + 2
			err = write(w, []byte{0xff, s.marker, byte(size >> 8), byte(size)}, s.payload)
		}
		if err != nil {
			return err
		}
	}
}

// unknownTransform is what libjpeg takes an unknown Adobe transform for.
func (j *jpegFacts) unknownTransform() byte {
	if j.components == 4 {
		return 2
	}
	return 1
}

// scanHeader writes a scan's header; for a sequential frame with the only
// parameters that it can have, since libjpeg reads it so and warns.
func scanHeader(payload []byte, progressive bool) []byte {
	size := len(payload) + 2
	b := append([]byte{0xff, markerSOS, byte(size >> 8), byte(size)}, payload...)
	if n := len(b); !progressive && len(payload) >= 4 {
		b[n-3], b[n-2], b[n-1] = 0, 63, 0
	}
	return b
}

func exifSegment(orientation int) []byte {
	body := append([]byte(exifPrefix), minimalEXIF(orientation)...)
	size := len(body) + 2
	return append([]byte{0xff, markerAPP1, byte(size >> 8), byte(size)}, body...)
}
