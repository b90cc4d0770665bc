package preprocess

// JPEG markers that the parser knows by name.
const (
	markerTEM   = 0x01
	markerSOF0  = 0xc0
	markerDHT   = 0xc4
	markerJPG   = 0xc8
	markerDAC   = 0xcc
	markerRST0  = 0xd0
	markerRST7  = 0xd7
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerDQT   = 0xdb
	markerDNL   = 0xdc
	markerDRI   = 0xdd
	markerDHP   = 0xde
	markerEXP   = 0xdf
	markerAPP0  = 0xe0
	markerAPP1  = 0xe1
	markerAPPE  = 0xee // Adobe's
	markerAPP15 = 0xef
	markerCOM   = 0xfe
)

// segment is one marker with its parameters.
type segment struct {
	marker  byte
	payload []byte // without the length; empty for markers that have none
	next    int    // where the file goes on
	skipped int    // bytes before the marker that belong to nothing
}

// isSOF says whether a marker begins a frame of any kind.
func isSOF(m byte) bool {
	return m >= markerSOF0 && m <= 0xcf && m != markerDHT && m != markerJPG && m != markerDAC
}

// skippable says whether libjpeg passes over a segment whatever its length.
func skippable(m byte) bool {
	return m == markerCOM || m == markerDNL || m >= markerAPP0 && m <= markerAPP15
}

// nextSegment finds the next marker from at on, by libjpeg's rules: bytes that
// are no marker are passed over, fill bytes belong to the marker.
func nextSegment(photo []byte, at int) (segment, error) {
	start := at
	for {
		for at < len(photo) && photo[at] != 0xff {
			at++
		}
		from := at
		for at < len(photo) && photo[at] == 0xff {
			at++
		}
		if at >= len(photo) {
			return segment{}, refusef(ErrTruncated, "no marker after byte %d of %d", start, len(photo))
		}
		m := photo[at]
		at++
		if m == 0 {
			continue // a stuffed byte outside a scan is passed over too
		}
		s := segment{marker: m, next: at, skipped: from - start}
		if m == markerTEM || m >= markerRST0 && m <= markerEOI {
			return s, nil
		}
		if at+2 > len(photo) {
			return segment{}, refusef(ErrTruncated, "segment %#x ends with the file", m)
		}
		size := int(photo[at])<<8 | int(photo[at+1])
		if size < 2 {
			if !skippable(m) {
				return segment{}, refusef(ErrDamaged, "segment %#x has length %d", m, size)
			}
			size = 2 // the length counts itself: libjpeg reads such a segment as empty
		}
		if at+size > len(photo) {
			return segment{}, refusef(ErrTruncated, "segment %#x of %d bytes at %d of %d", m, size, at, len(photo))
		}
		s.payload, s.next = photo[at+2:at+size], at+size
		return s, nil
	}
}

// scanEnd finds the marker that ends the entropy-coded data from at on; restart
// markers and stuffed bytes are part of the data. It returns len(photo) when
// there is none.
func scanEnd(photo []byte, at int) int {
	for at < len(photo) {
		i := indexFF(photo[at:])
		if i < 0 {
			break
		}
		at += i
		end := at
		for end < len(photo) && photo[end] == 0xff {
			end++
		}
		if end >= len(photo) {
			break
		}
		if m := photo[end]; m != 0 && (m < markerRST0 || m > markerRST7) {
			return at
		}
		at = end + 1
	}
	return len(photo)
}
