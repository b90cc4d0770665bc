package preprocess

// maxScans bounds the passes over a photo's coefficients, and so the time that
// a small file can ask for. Encoders write about ten; three components with every
// bit by itself take 45.
const maxScans = 64

// readScans walks all scans of a photo that has several and refuses what
// libjpeg would only warn of or pass over in silence: too many scans, scans that
// contradict each other, components that never come. A photo in one scan is not
// read: the decoder itself sees whether it is complete.
func (j *jpegFacts) readScans(photo []byte) error {
	if !j.buffered {
		return nil
	}
	var seen progress
	for at, scans := j.scansAt, 0; ; {
		s, err := nextSegment(photo, at)
		if err != nil {
			return err
		}
		if s.skipped > 0 {
			j.untidy = true
		}
		at = s.next
		switch {
		case s.marker == markerEOI:
			return seen.complete(j.components)
		case s.marker == markerSOS:
			scans++
			j.scans = scans
			if scans > maxScans {
				return refusef(ErrUnsupported, "more than %d scans", maxScans)
			}
			if err := seen.add(j, s.payload); err != nil {
				return err
			}
			if at = scanEnd(photo, at); at == len(photo) {
				if !seen.exact(j.components) {
					return refusef(ErrTruncated, "scan %d has no end", scans)
				}
				// Perhaps only the end marker is missing: the decoder sees
				// whether the last scan is complete.
				return nil
			}
		case isSOF(s.marker), s.marker == markerSOI:
			return refusef(ErrDamaged, "marker %#x between scans", s.marker)
		}
	}
}

// progress is how exactly each coefficient is known so far: 0 for not at all,
// else 1 + the number of low bits still missing.
type progress [4][64]uint8

// add enters one scan, by the rules of libjpeg's progressive decoder.
func (g *progress) add(j *jpegFacts, p []byte) error {
	if len(p) < 1 || len(p) != 4+2*int(p[0]) || p[0] < 1 || int(p[0]) > j.components {
		return refusef(ErrDamaged, "a scan header of %d bytes", len(p))
	}
	n := int(p[0])
	first, last, high, low := int(p[1+2*n]), int(p[2+2*n]), p[3+2*n]>>4, p[3+2*n]&15
	if !j.progressive {
		first, last, high, low = 0, 63, 0, 0 // as libjpeg does
	}
	switch {
	case last > 63 || first > last:
		return refusef(ErrDamaged, "coefficients %d to %d", first, last)
	case j.progressive && (first == 0) != (last == 0), j.progressive && first > 0 && n > 1:
		return refusef(ErrDamaged, "coefficients %d to %d of %d components in one scan", first, last, n)
	case low > 13 || high != 0 && high != low+1:
		return refusef(ErrDamaged, "bits %d to %d", high, low)
	}
	var used [4]bool
	for k := range n {
		c := j.component(p[1+2*k], used)
		if c < 0 {
			return refusef(ErrDamaged, "a scan of a component %d that does not exist", p[1+2*k])
		}
		used[c] = true
		if first > 0 && g[c][0] == 0 {
			return refusef(ErrDamaged, "a scan of component %d before its first", c)
		}
		for i := first; i <= last; i++ {
			if known := g[c][i]; known == 0 && high != 0 || known != 0 && known != high+1 || known != 0 && high == 0 {
				return refusef(ErrDamaged, "coefficient %d of component %d comes twice or too late", i, c)
			}
			g[c][i] = low + 1
		}
	}
	return nil
}

// complete refuses a picture of which a component has no scan at all.
func (g *progress) complete(components int) error {
	for c := range components {
		if g[c][0] == 0 {
			return refusef(ErrDamaged, "component %d has no scan", c)
		}
	}
	return nil
}

// exact says whether no scan is missing: every coefficient is known to its last bit.
func (g *progress) exact(components int) bool {
	for c := range components {
		for _, known := range g[c] {
			if known != 1 {
				return false
			}
		}
	}
	return true
}

// component finds a component by its id. Where several have the same one,
// libjpeg gives a scan the first that it does not hold yet.
func (j *jpegFacts) component(id byte, used [4]bool) int {
	for c := range j.components {
		if j.ids[c] == id && !used[c] {
			return c
		}
	}
	return -1
}
