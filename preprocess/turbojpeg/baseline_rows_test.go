package turbojpeg_test

import (
	"bytes"
	"testing"

	"mangosense/preprocess/photos"
	"mangosense/preprocess/turbojpeg"
)

// Rows that are resampled as they come give the tensor of the whole picture:
// turned every way, shrunk by much and by little, enlarged, long and thin.
func TestBaselineRowByRow(t *testing.T) {
	table(t)
	d := newDecoder(t)
	for i, size := range [][2]int{{1, 1}, {3, 2}, {40, 30}, {255, 257}, {31, 900}, {900, 31}, {16, 4000}, {4000, 16}} {
		w, h := size[0], size[1]
		for k, sampling := range [][]byte{{0x22, 0x11, 0x11}, {0x12, 0x11, 0x11}, {0x11, 0x11, 0x11}, {0x21, 0x11, 0x11}} {
			photo := photos.EncodeJPEG(noisy(w, h, 12), photos.Encoding{Sampling: sampling, Restart: i, Grey: k == 3 && i&1 == 1})
			for _, denominator := range []int{1, 2, 4, 8} {
				for orientation := 1; orientation <= 8; orientation++ {
					for _, out := range [][2]int{{1, 1}, {3, 50}, {64, 7}, {224, 224}} {
						if asan && out[0] == 224 && orientation > 1 {
							continue
						}
						same(t, d, photo, turbojpeg.Job{
							Width: w, Height: h, Denominator: denominator, Orientation: orientation,
							OutWidth: out[0], OutHeight: out[1],
						})
					}
				}
			}
		}
	}
}

// The picture of a baseline photo never lies in memory whole; that of another does,
// and is not kept.
func TestBaselineHoldsFewRows(t *testing.T) {
	photo := photos.JPEG(2048, 1536)
	j := job(2048, 1536, 224)
	j.Denominator = 2
	for name, c := range map[string]struct {
		photo      []byte
		byBaseline bool
		atMost     int64
		whole      bool
	}{
		"baseline":        {photo, true, j.PictureBytes() / 10, true},
		"given up midway": {photo[:len(photo)/2], false, 0, false},
		"progressive":     {photos.EncodeJPEG(photos.Picture(2048, 1536), photos.Encoding{Progressive: true}), false, 0, true},
	} {
		d := newDecoder(t)
		a := decode(d, c.photo, j)
		if a.byBaseline != c.byBaseline || (a.fault == "") != c.whole {
			t.Errorf("%s: decoded by our own decoder: %v, fault %q", name, a.byBaseline, a.fault)
		}
		if got := d.BufferBytes(); got > c.atMost || c.byBaseline && got == 0 {
			t.Errorf("%s: a buffer of %d bytes is kept, want at most %d", name, got, c.atMost)
		}
	}
}

// A photo that our own decoder gives up midway leaves nothing in the output of the
// rows that it had made.
func TestBaselineGivenUpMidway(t *testing.T) {
	d := newDecoder(t)
	photo := photos.JPEG(320, 240)
	// Bytes before the end marker are tolerated, but not by our own decoder.
	odd := append(bytes.Clone(photo[:len(photo)-2]), 'x', 'y', 0xff, 0xd9)
	for _, denominator := range []int{1, 2, 4, 8} {
		j := job(320, 240, 48)
		j.Denominator = denominator
		want, got := decode(d, photo, j), decode(d, odd, j)
		if !want.byBaseline || got.byBaseline || got.fault != "" {
			t.Fatalf("%+v: not decoded as it should be: %q", j, got.fault)
		}
		if !bytes.Equal(got.tensor, want.tensor) {
			t.Errorf("%+v: another tensor", j)
		}
	}
}
