package preprocess

// Turn writes one of a square RGB picture's eight orientations into dst: which
// quarter turns, those above 3 mirrored. 0 is the picture itself.
func Turn(dst, src []byte, side, which int) {
	for y := range side {
		for x := range side {
			a, b := x, y
			if which >= 4 {
				a = side - 1 - a
			}
			switch which % 4 {
			case 1:
				a, b = side-1-b, a
			case 2:
				a, b = side-1-a, side-1-b
			case 3:
				a, b = b, side-1-a
			}
			copy(dst[3*(y*side+x):][:3], src[3*(b*side+a):][:3])
		}
	}
}
