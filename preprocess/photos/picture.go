package photos

import (
	"image"
	"image/color"
)

// Picture is a picture of which every corner looks different: a red gradient to
// the right, a green one downwards, a blue disc near the top left and a fine
// pattern, so that rotations, flips and bad filters all show.
func Picture(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	cx, cy, r := float64(w)*0.3, float64(h)*0.25, float64(min(w, h))*0.2
	for y := range h {
		for x := range w {
			c := color.RGBA{A: 255}
			c.R = uint8(x * 220 / max(w-1, 1))
			c.G = uint8(y * 220 / max(h-1, 1))
			c.B = uint8(40 + (x/4+y/4)%2*20)
			dx, dy := float64(x)-cx, float64(y)-cy
			if dx*dx+dy*dy < r*r {
				c.B = 230
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}
