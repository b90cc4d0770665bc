package preprocess_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"mangosense/preprocess"
	"mangosense/preprocess/photos"
)

// decodeMemory is what a server sets aside for all photos by default.
const decodeMemory = 128 << 20

// The photos of phones of 50, 64, 108 and 200 MP are read, under the limits of a
// server: a baseline JPEG costs little memory whatever its size.
func TestLargePhotosOfPhones(t *testing.T) {
	p := newPreprocessor(t, preprocess.Config{MaxDecodeBytes: decodeMemory})
	in := input(64, 48)
	for _, size := range [][2]int{{8160, 6144}, {8192, 6144}, {6144, 8192}, {9248, 6944}, {12000, 9008}, {16320, 12240}} {
		t.Run(fmt.Sprintf("%d×%d", size[0], size[1]), func(t *testing.T) {
			if testing.Short() && size[0] > 10000 {
				t.Skip("decodes 200 MP")
			}
			photo := photos.LargeJPEG(size[0], size[1], 60)
			got, h, err := tensor(p, photo, in)
			if err != nil {
				t.Fatal(err)
			}
			if n := needs(t, p, h, in); n > 32<<20 {
				t.Errorf("needs %d bytes", n)
			}
			// Every row of MCUs is the same: so is every row of the tensor.
			row := len(got) / in.Height
			for y := 1; y < in.Height; y++ {
				if mean, most := difference(t, got[y*row:(y+1)*row], got[:row]); mean > 1.5 || most > 8 {
					t.Fatalf("row %d is off by %.2f levels, %d at most", y, mean, most)
				}
			}
			if got[0] >= got[row-3] {
				t.Errorf("the gradient is lost: %d to %d", got[0], got[row-3])
			}
		})
	}
}

// What is refused is what a photo costs, and the sentence says what to do.
func TestLargePhotosByEncoding(t *testing.T) {
	p := newPreprocessor(t, preprocess.Config{MaxDecodeBytes: decodeMemory})
	base := photos.JPEG(160, 120)
	progressive := photos.EncodeJPEG(photos.Picture(160, 120), photos.Encoding{Progressive: true})
	separate := photos.EncodeJPEG(photos.Picture(160, 120), photos.Encoding{Separate: true})
	png := func(w, h int) []byte {
		return photos.JoinPNG(photos.IHDR(uint32(w), uint32(h), 8, 2, 0), photos.IDAT(make([]byte, 99)), photos.PNGChunk("IEND", nil))
	}
	for _, c := range []struct {
		name  string
		photo []byte
		kind  error // nil: it is read, or was if its data were whole
		says  string
	}{
		{"baseline of 268 MP", photos.Resized(base, 16384, 16384), nil, ""},
		{"baseline of 269 MP", photos.Resized(base, 16384, 16385), preprocess.ErrTooManyPixels,
			"The photo has 268.5 million pixels, and of a JPEG at most 268.4 million pixels are read. Please make it smaller and send it again."},
		{"progressive of 12 MP", photos.Resized(progressive, 4000, 3000), nil, ""},
		{"progressive of 40 MP", photos.Resized(progressive, 7296, 5472), nil, ""},
		{"progressive of 50 MP", photos.Resized(progressive, 8160, 6144), preprocess.ErrTooMuchMemory,
			"Reading this progressive JPEG of 50.1 million pixels takes 146.9 MB of memory, and this server sets aside 128 MB. Please save it as an ordinary (baseline) JPEG, or make it smaller, and send it again."},
		{"progressive of 108 MP", photos.Resized(progressive, 12000, 9000), preprocess.ErrTooManyPixels,
			"The photo has 108 million pixels, and of a progressive JPEG at most 67.1 million pixels are read. Please save it as an ordinary (baseline) JPEG, or make it smaller, and send it again."},
		{"several scans of 64 MP", photos.Resized(separate, 9248, 6936), preprocess.ErrTooMuchMemory, "this JPEG in several scans of 64.1 million pixels"},
		{"png of 50 MP", png(8192, 6144), nil, ""},
		{"png of 67 MP", png(8192, 8192), nil, ""},
		{"png of 108 MP", png(12000, 9000), preprocess.ErrTooManyPixels,
			"The photo has 108 million pixels, and of a PNG at most 67.1 million pixels are read. Please save it as an ordinary (baseline) JPEG, or make it smaller, and send it again."},
		{"webp of 50 MP", photos.FlatWebP(8192, 6144), nil, ""},
		{"a side of 65,501", png(65501, 1), preprocess.ErrTooManyPixels,
			"The photo has a side of more than 65500 pixels. Please make it smaller and send it again."},
	} {
		t.Run(c.name, func(t *testing.T) {
			photo, err := p.Probe(c.photo)
			var n int64
			if err == nil {
				n, err = p.DecodeBytes(photo, input(224, 224))
			}
			if !errors.Is(err, c.kind) {
				t.Fatalf("got %v, want %v", err, c.kind)
			}
			if c.kind == nil && (n < 1 || n > decodeMemory) {
				t.Errorf("needs %d bytes", n)
			}
			if _, sentence, _ := preprocess.Public(err); !strings.Contains(sentence, c.says) {
				t.Errorf("said %q", sentence)
			}
		})
	}
}

// An owner's own limit holds for every encoding.
func TestOwnPixelLimit(t *testing.T) {
	p := newPreprocessor(t, preprocess.Config{MaxPixels: 1_000_000})
	_, err := p.Probe(photos.Resized(photos.JPEG(160, 120), 4000, 3000))
	_, sentence, _ := preprocess.Public(err)
	if want := "The photo has 12 million pixels, and of a JPEG at most 1 million pixels are read. Please make it smaller and send it again."; sentence != want {
		t.Errorf("said %q", sentence)
	}
}
