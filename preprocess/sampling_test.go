package preprocess_test

import (
	"fmt"
	"testing"

	"mangosense/preprocess"
	"mangosense/preprocess/photos"
)

// What TurboJPEG has no name for or decodes in a way of its own, at each of the
// four scales.
func TestSamplingsAtEveryScale(t *testing.T) {
	p := newPreprocessor(t, preprocess.Config{})
	in := input(32, 32)
	for name, e := range map[string]photos.Encoding{
		"4:2:0":             {},
		"4:2:2":             {Sampling: []byte{0x21, 0x11, 0x11}},
		"4:1:1":             {Sampling: []byte{0x41, 0x11, 0x11}},
		"4:4:0":             {Sampling: []byte{0x12, 0x11, 0x11}},
		"4:4:4 by threes":   {Sampling: []byte{0x31, 0x31, 0x31}},
		"unequal chroma":    {Sampling: []byte{0x22, 0x21, 0x12}},
		"cmyk":              {CMYK: true},
		"progressive":       {Progressive: true},
		"progressive 4:1:1": {Progressive: true, Sampling: []byte{0x41, 0x11, 0x11}},
		"restart markers":   {Restart: 3},
	} {
		for _, side := range []int{100, 150, 300, 600} { // 1/1, 1/2, 1/4, 1/8
			t.Run(fmt.Sprintf("%s of %d", name, side), func(t *testing.T) {
				img := photos.Picture(side, side-1)
				got, _, err := tensor(p, photos.EncodeJPEG(img, e), in)
				if err != nil {
					t.Fatal(err)
				}
				if mean, most := difference(t, got, reference(img, 32, 32)); mean > 3 {
					t.Errorf("off by %.2f levels in the mean, %d at most", mean, most)
				}
			})
		}
	}
}
