package preprocess

import (
	"image"

	"mangosense/models"
)

// byPlanes says whether a lossy WebP is large enough for its planes to be
// resampled each by itself: no RGB picture of the full size is needed then. In a
// smaller one the difference to libwebp's own way of widening the colour planes
// would show at edges.
func byPlanes(h Header, in models.Input) bool {
	w, ht := h.Upright()
	return w >= 8*in.Width && ht >= 8*in.Height
}

// writePlanes resamples brightness and the two colour planes and makes RGB of
// the few pixels that remain: resampling and the change of colours commute.
func writePlanes(dst []byte, img *image.YCbCr, orientation int, in models.Input) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	cw, ch := (w+1)/2, (h+1)/2 // VP8 is always 4:2:0
	plane := func(pix []byte, stride, w, h int) []byte {
		return shrink(&image.Gray{Pix: pix, Stride: stride, Rect: image.Rect(0, 0, w, h)}, orientation, in).Pix
	}
	y := plane(img.Y, img.YStride, w, h)
	u := plane(img.Cb, img.CStride, cw, ch)
	v := plane(img.Cr, img.CStride, cw, ch)
	writeUpright(dst, in, orientation, func(at int) (r, g, b byte) {
		return studioToRGB(y[4*at], u[4*at], v[4*at])
	})
}

// upsample writes a row of the picture in RGB, its colour planes widened as
// libwebp does: each of the four pixels of a colour sample takes nine parts of
// it, three of each neighbour on its side and one of the one across.
func upsample(line []byte, img *image.YCbCr, y int) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	cw, ch := (w+1)/2, (h+1)/2
	near := y / 2
	far := min(max(near-1+y&1*2, 0), ch-1)
	u, uFar := img.Cb[near*img.CStride:], img.Cb[far*img.CStride:]
	v, vFar := img.Cr[near*img.CStride:], img.Cr[far*img.CStride:]
	for x := range w {
		i := x / 2
		j := min(max(i-1+x&1*2, 0), cw-1)
		mix := func(near, far []byte) byte {
			return byte((9*int(near[i]) + 3*int(near[j]) + 3*int(far[i]) + int(far[j]) + 8) >> 4)
		}
		line[3*x], line[3*x+1], line[3*x+2] = studioToRGB(img.Y[y*img.YStride+x], mix(u, uFar), mix(v, vFar))
	}
}

// studioToRGB is libwebp's conversion: BT.601 with brightness 16..235. Package
// color has only JPEG's, in which white WebP would be grey.
func studioToRGB(y, u, v byte) (r, g, b byte) {
	yy, uu, vv := 19077*int(y), int(u), int(v) // 14 bits below the point
	return level(yy + 26149*vv - 14234<<8),
		level(yy - 6419*uu - 13320*vv + 8708<<8),
		level(yy + 33050*uu - 17685<<8)
}

func level(x int) byte { return byte(min(max(x>>14, 0), 255)) }
