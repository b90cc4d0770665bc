package preprocess

import (
	"image"

	"mangosense/models"
)

// shrinksMuch says whether a lossy WebP is so large that its pixels can be
// resampled as they are stored and change their colours afterwards. In a smaller
// one the difference to libwebp's own widening of the colour planes would show at
// edges.
func shrinksMuch(h Header, in models.Input) bool {
	w, ht := h.Upright()
	return w >= 8*in.Width && ht >= 8*in.Height
}

// webpRows resamples a decoded picture.
func (p *Preprocessor) webpRows(img image.Image, h Header, in models.Input, dst []byte) (Timings, error) {
	planes, lossy := img.(*image.YCbCr)
	switch {
	case !lossy:
		return p.resample(h, in, dst, rowsOf(img))
	case !shrinksMuch(h, in):
		return p.resample(h, in, dst, func(y int, line []byte) error {
			upsample(line, planes, y)
			return nil
		})
	}
	t, err := p.resample(h, in, dst, func(y int, line []byte) error {
		interleave(line, planes, y)
		return nil
	})
	for i := 0; i < len(dst); i += 3 {
		dst[i], dst[i+1], dst[i+2] = studioToRGB(dst[i], dst[i+1], dst[i+2])
	}
	return t, err
}

// interleave writes a row as stored: brightness and, twice each, both colours.
func interleave(line []byte, img *image.YCbCr, y int) {
	luma := img.Y[y*img.YStride:][:len(line)/4]
	cb, cr := img.Cb[y/2*img.CStride:], img.Cr[y/2*img.CStride:]
	for x, l := range luma {
		line[4*x], line[4*x+1], line[4*x+2] = l, cb[x/2], cr[x/2]
	}
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
		line[4*x], line[4*x+1], line[4*x+2] = studioToRGB(img.Y[y*img.YStride+x], mix(u, uFar), mix(v, vFar))
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
