package preprocess_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"testing"

	"mangosense/models"
	"mangosense/preprocess"
)

func TestDrawIsHotWhereTheMapIs(t *testing.T) {
	in := models.Input{Width: 32, Height: 32, Channels: 3}
	grey := bytes.Repeat([]byte{128}, in.Bytes())
	heat := preprocess.HeatMap{Width: 2, Height: 2, Values: []float64{-5, 0, 0, 10}}
	var b bytes.Buffer
	if err := preprocess.Draw(&b, grey, in, 800, 400, heat); err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Bounds().Size(); got != image.Pt(448, 224) {
		t.Errorf("size %v, want the photo's shape with 448 on the longer side", got)
	}
	red := func(x, y int) int { r, _, b, _ := img.At(x, y).RGBA(); return int(r>>8) - int(b>>8) }
	if cold, hot := red(20, 20), red(430, 210); hot < 60 || cold > 20 {
		t.Errorf("redness %d where the map is coldest, %d where it is hottest", cold, hot)
	}
}

func TestDrawRefuses(t *testing.T) {
	in := models.Input{Width: 4, Height: 4, Channels: 3}
	good := preprocess.HeatMap{Width: 1, Height: 1, Values: []float64{1}}
	if err := preprocess.Draw(&bytes.Buffer{}, make([]byte, 5), in, 10, 10, good); !errors.Is(err, preprocess.ErrTensor) {
		t.Errorf("short tensor: %v", err)
	}
	good.Width = 3
	if err := preprocess.Draw(&bytes.Buffer{}, make([]byte, in.Bytes()), in, 10, 10, good); !errors.Is(err, preprocess.ErrSpec) {
		t.Errorf("map of another size: %v", err)
	}
}
