package preprocess_test

import (
	"image"
	"math"
	"testing"

	"mangosense/models"
	"mangosense/preprocess"
)

// input is the specification of the usual models with another size.
func input(w, h int) models.Input {
	return models.Input{
		Width: w, Height: h, Channels: 3, Layout: "NHWC", DType: "uint8", Colour: "RGB",
		Scaling: "-1..1", Scale: 1 / 127.5, ZeroPoint: 127,
		Resize: models.Resize{Fit: "stretch", Filter: "triangle"},
	}
}

func newPreprocessor(t testing.TB, cfg preprocess.Config) *preprocess.Preprocessor {
	t.Helper()
	p, err := preprocess.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// tensor is all that is done with a photo on its way to the tensor.
func tensor(p *preprocess.Preprocessor, bytes []byte, in models.Input) ([]byte, preprocess.Photo, error) {
	photo, err := p.Probe(bytes)
	if err != nil {
		return nil, photo, err
	}
	if _, err := p.DecodeBytes(photo, in); err != nil {
		return nil, photo, err
	}
	dst := make([]byte, in.Bytes())
	_, err = p.Tensor(photo, in, dst)
	return dst, photo, err
}

// needs is what decoding a photo is estimated to take.
func needs(t testing.TB, p *preprocess.Preprocessor, photo preprocess.Photo, in models.Input) int64 {
	t.Helper()
	n, err := p.DecodeBytes(photo, in)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// difference is the mean and the largest absolute difference of two tensors.
func difference(t testing.TB, a, b []byte) (mean float64, most int) {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("tensors of %d and %d bytes", len(a), len(b))
	}
	sum := 0
	for i := range a {
		d := int(a[i]) - int(b[i])
		d = max(d, -d)
		sum += d
		most = max(most, d)
	}
	return float64(sum) / float64(len(a)), most
}

// reference resamples in floating point, straight from the definition.
func reference(img *image.RGBA, w, h int) []byte {
	srcW, srcH := img.Rect.Dx(), img.Rect.Dy()
	half := make([]float64, srcH*w*3)
	for i, taps := range triangle(srcW, w) {
		for y := range srcH {
			for _, t := range taps {
				for c := range 3 {
					half[(y*w+i)*3+c] += t.weight * float64(img.Pix[y*img.Stride+4*t.at+c])
				}
			}
		}
	}
	out := make([]byte, w*h*3)
	for j, taps := range triangle(srcH, h) {
		for k := range w * 3 {
			sum := 0.0
			for _, t := range taps {
				sum += t.weight * half[t.at*w*3+k]
			}
			out[j*w*3+k] = byte(math.Round(sum))
		}
	}
	return out
}

type tap struct {
	at     int
	weight float64
}

func triangle(in, out int) [][]tap {
	scale := float64(in) / float64(out)
	support := max(scale, 1)
	spans := make([][]tap, out)
	for i := range spans {
		centre, sum := (float64(i)+0.5)*scale, 0.0
		for k := max(0, int(centre-support)-1); k < min(in, int(centre+support)+2); k++ {
			if w := 1 - math.Abs((float64(k)+0.5-centre)/support); w > 0 {
				spans[i] = append(spans[i], tap{k, w})
				sum += w
			}
		}
		for k := range spans[i] {
			spans[i][k].weight /= sum
		}
	}
	return spans
}

// rotate makes the stored picture that has to be shown as img by an orientation:
// the inverse of what a reader does.
func rotate(img *image.RGBA, orientation int) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	sw, sh := w, h
	if orientation >= 5 {
		sw, sh = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, sw, sh))
	for y := range h {
		for x := range w {
			var sx, sy int
			switch orientation {
			case 1:
				sx, sy = x, y
			case 2:
				sx, sy = w-1-x, y
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sx, sy = x, h-1-y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, w-1-x
			case 7:
				sx, sy = h-1-y, w-1-x
			case 8:
				sx, sy = h-1-y, x
			}
			out.SetRGBA(sx, sy, img.RGBAAt(x, y))
		}
	}
	return out
}
