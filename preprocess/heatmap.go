package preprocess

import (
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"

	"github.com/disintegration/imaging"

	"mangosense/models"
)

// HeatMap is where a model saw what it answered.
type HeatMap struct {
	Values        []float64 // row by row, any scale; what is below 0 speaks against
	Width, Height int
}

// heatSide is the longer side of a drawn heat map in pixels: enough for a
// phone, and cheap on a Pi.
const heatSide = 448

// heatQuality of the JPEG: an answer that carries the map is a seventh of what
// it was as a PNG.
const heatQuality = 85

// Draw writes the photo with the heat map over it as a JPEG. The photo is the
// model's own input tensor, stretched back to the photo's shape, so that what
// is shown is what was seen. It allocates a few megabytes: use it when asked.
func Draw(w io.Writer, tensor []byte, in models.Input, photoWidth, photoHeight int, heat HeatMap) error {
	if len(tensor) != in.Bytes() {
		return fmt.Errorf("cannot draw a heat map: %w", ErrTensor)
	}
	if heat.Width < 1 || heat.Height < 1 || len(heat.Values) != heat.Width*heat.Height {
		return fmt.Errorf("cannot draw a heat map: %w: %d values for %d×%d", ErrSpec, len(heat.Values), heat.Width, heat.Height)
	}
	width, height := heatSize(photoWidth, photoHeight)
	photo := imaging.Resize(tensorImage(tensor, in), width, height, imaging.Linear)
	glow := imaging.Resize(heatImage(heat), width, height, imaging.CatmullRom)
	for i := 0; i < len(photo.Pix); i += 4 {
		strength := int(glow.Pix[i]) // 0..255
		hot := hue(strength)
		share := strength * 3 / 5 // at its hottest 60 % of the colour
		for c, v := range [3]uint8{hot.R, hot.G, hot.B} {
			photo.Pix[i+c] = uint8((int(photo.Pix[i+c])*(255-share) + int(v)*share) / 255)
		}
	}
	opaque := image.RGBA{Pix: photo.Pix, Stride: photo.Stride, Rect: photo.Rect} // its encoder is the fast one
	if err := jpeg.Encode(w, &opaque, &jpeg.Options{Quality: heatQuality}); err != nil {
		return fmt.Errorf("cannot draw a heat map: %w", err)
	}
	return nil
}

// heatSize keeps the photo's shape with the longer side at heatSide.
func heatSize(w, h int) (int, int) {
	if w < 1 || h < 1 {
		return heatSide, heatSide
	}
	if w >= h {
		return heatSide, max(1, heatSide*h/w)
	}
	return max(1, heatSide*w/h), heatSide
}

func tensorImage(tensor []byte, in models.Input) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, in.Width, in.Height))
	for i, j := 0, 0; i < len(tensor); i, j = i+3, j+4 {
		copy(img.Pix[j:], tensor[i:i+3])
		img.Pix[j+3] = 255
	}
	return img
}

// heatImage scales the map so that its greatest value is 255; what speaks
// against the class is cold.
func heatImage(heat HeatMap) *image.NRGBA {
	top := 0.0
	for _, v := range heat.Values {
		top = max(top, v)
	}
	img := image.NewNRGBA(image.Rect(0, 0, heat.Width, heat.Height))
	for i, v := range heat.Values {
		level := uint8(0)
		if top > 0 && v > 0 {
			level = uint8(255 * v / top)
		}
		img.SetNRGBA(i%heat.Width, i/heat.Width, color.NRGBA{level, level, level, 255})
	}
	return img
}

// hue goes from blue by green and yellow to red.
func hue(level int) color.NRGBA {
	switch {
	case level < 85:
		return color.NRGBA{0, uint8(level * 3), uint8(255 - level*3), 255}
	case level < 170:
		return color.NRGBA{uint8((level - 85) * 3), 255, 0, 255}
	default:
		return color.NRGBA{255, uint8(255 - (level-170)*3), 0, 255}
	}
}
