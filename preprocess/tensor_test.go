package preprocess_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"mangosense/preprocess"
	"mangosense/preprocess/photos"
)

// All orientations of all formats, against a resampler written from the definition.
func TestOrientations(t *testing.T) {
	p := newPreprocessor(t, preprocess.Config{})
	in := input(40, 56)
	upright := photos.Picture(180, 140)
	want := reference(upright, in.Width, in.Height)
	for o := 1; o <= 8; o++ {
		img := rotate(upright, o)
		w, h := img.Rect.Dx(), img.Rect.Dy()
		for format, photo := range map[string][]byte{
			"jpeg": photos.EncodeJPEG(img, photos.Encoding{Orientation: o, Sampling: []byte{0x11, 0x11, 0x11}}),
			"png":  photos.InsertPNG(photos.EncodePNG(img), photos.PNGChunk("eXIf", photos.EXIF(o))),
			"webp": photos.RIFF(photos.VP8X(8, w, h), photos.EncodeWebP(img)[12:], photos.Chunk("EXIF", photos.EXIF(o))),
		} {
			t.Run(fmt.Sprintf("%s at orientation %d", format, o), func(t *testing.T) {
				got, header, err := tensor(p, photo, in)
				if err != nil {
					t.Fatal(err)
				}
				if uw, uh := header.Upright(); header.Orientation != o || uw != 180 || uh != 140 {
					t.Errorf("orientation %d, upright %d×%d", header.Orientation, uw, uh)
				}
				if mean, most := difference(t, got, want); mean > 1 {
					t.Errorf("off by %.2f levels in the mean, %d at most", mean, most)
				}
				var clean bytes.Buffer
				if err := header.WriteClean(&clean); err != nil {
					t.Fatal(err)
				}
				if again, _, err := tensor(p, clean.Bytes(), in); err != nil || !bytes.Equal(again, got) {
					t.Errorf("the clean photo gives another tensor: %v", err)
				}
				if bytes.Contains(clean.Bytes(), []byte(photos.Maker)) {
					t.Error("the maker is still in the clean photo")
				}
			})
		}
	}
}

// Every scale, and sizes that no power of two divides.
func TestScales(t *testing.T) {
	p := newPreprocessor(t, preprocess.Config{})
	for _, c := range []struct{ w, h, in int }{
		{31, 17, 32}, {32, 32, 32}, {63, 65, 32}, {64, 64, 32}, {129, 131, 32}, {257, 259, 32}, {515, 600, 32}, {1023, 701, 32},
	} {
		t.Run(fmt.Sprintf("%d×%d to %d", c.w, c.h, c.in), func(t *testing.T) {
			in := input(c.in, c.in)
			img := photos.Picture(c.w, c.h)
			want := reference(img, c.in, c.in)
			for format, photo := range map[string][]byte{
				"jpeg": photos.EncodeJPEG(img, photos.Encoding{Sampling: []byte{0x11, 0x11, 0x11}}), "png": photos.EncodePNG(img), "webp": photos.EncodeWebP(img),
			} {
				got, _, err := tensor(p, photo, in)
				if err != nil {
					t.Fatal(err)
				}
				mean, most := difference(t, got, want)
				if mean > 1.5 || format != "jpeg" && most > 1 {
					t.Errorf("%s: off by %.2f levels in the mean, %d at most", format, mean, most)
				}
			}
		})
	}
}

func TestLimits(t *testing.T) {
	photo := photos.JPEG(100, 80)
	in := input(32, 32)
	for name, c := range map[string]struct {
		cfg      preprocess.Config
		kind     error
		sentence string
	}{
		"bytes":  {preprocess.Config{MaxBytes: 512}, preprocess.ErrTooManyBytes, "The photo's file is larger than 0.0 MB."},
		"pixels": {preprocess.Config{MaxPixels: 7_999}, preprocess.ErrTooManyPixels, "The photo has 8000 pixels, and of a JPEG at most 7999 pixels are read. Please make it smaller and send it again."},
		"memory": {preprocess.Config{MaxDecodeBytes: 1000}, preprocess.ErrTooMuchMemory, "Reading this JPEG of 8000 pixels takes 0.3 MB of memory, and this server sets aside 0.0 MB. Please make it smaller and send it again."},
		"none":   {preprocess.Config{MaxPixels: 8_000}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := tensor(newPreprocessor(t, c.cfg), photo, in)
			if !errors.Is(err, c.kind) {
				t.Fatalf("got %v, want %v", err, c.kind)
			}
			if _, sentence, _ := preprocess.Public(err); c.sentence != "" && sentence != c.sentence {
				t.Errorf("said %q", sentence)
			}
		})
	}
}

func TestMisuse(t *testing.T) {
	p := newPreprocessor(t, preprocess.Config{})
	photo, in := photos.JPEG(100, 80), input(32, 32)
	h, err := p.Probe(photo)
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]byte, in.Bytes())
	odd := in
	odd.Resize.Fit = "cover"
	odd.Channels = 1
	other := preprocess.Photo{Header: h.Header, Bytes: photos.JPEG(99, 80)}
	for name, c := range map[string]struct {
		call func() error
		want error
	}{
		"short tensor":   {func() error { _, err := p.Tensor(h, in, dst[1:]); return err }, preprocess.ErrTensor},
		"empty header":   {func() error { _, err := p.Tensor(preprocess.Photo{Bytes: photo}, in, dst); return err }, preprocess.ErrHeader},
		"unknown spec":   {func() error { _, err := p.DecodeBytes(h, odd); return err }, preprocess.ErrSpec},
		"another photo":  {func() error { _, err := p.Tensor(other, in, dst); return err }, preprocess.ErrDamaged},
		"no photo":       {func() error { _, err := p.Tensor(preprocess.Photo{Header: h.Header}, in, dst); return err }, preprocess.ErrTruncated},
		"clean nothing":  {func() error { return preprocess.Photo{Bytes: photo}.WriteClean(&bytes.Buffer{}) }, preprocess.ErrHeader},
		"negative limit": {func() error { _, err := preprocess.New(preprocess.Config{MaxBytes: -1}); return err }, preprocess.ErrConfig},
	} {
		if err := c.call(); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestClose(t *testing.T) {
	p, err := preprocess.New(preprocess.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := tensor(p, photos.JPEG(100, 80), input(32, 32)); !errors.Is(err, preprocess.ErrClosed) {
		t.Errorf("got %v, want %v", err, preprocess.ErrClosed)
	}
}

// Many goroutines share one Preprocessor, and one of them closes it.
func TestHammer(t *testing.T) {
	p := newPreprocessor(t, preprocess.Config{Decoders: 2})
	in := input(48, 48)
	files := [][]byte{photos.JPEG(200, 150), photos.PNG(90, 120), photos.WebP(70, 50), photos.TruncatedJPEG(200, 150)}
	var want [][]byte
	for _, f := range files {
		b, _, _ := tensor(p, f, in)
		want = append(want, b)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 40 {
				k := (g + i) % len(files)
				got, _, err := tensor(p, files[k], in)
				if errors.Is(err, preprocess.ErrClosed) {
					return
				}
				if k != 3 && (err != nil || !bytes.Equal(got, want[k])) {
					t.Errorf("photo %d: another tensor or %v", k, err)
					return
				}
				if g == 0 && i == 30 {
					p.Close()
				}
			}
		})
	}
	wg.Wait()
}

// The hot path leaves nothing to the garbage collector.
func TestJPEGAllocatesNothing(t *testing.T) {
	p := newPreprocessor(t, preprocess.Config{})
	in := input(224, 224)
	dst := make([]byte, in.Bytes())
	for name, photo := range map[string][]byte{
		"baseline":    photos.EncodeJPEG(photos.Picture(800, 600), photos.Encoding{Orientation: 6}),
		"progressive": photos.EncodeJPEG(photos.Picture(800, 600), photos.Encoding{Progressive: true}),
	} {
		n := testing.AllocsPerRun(20, func() {
			h, err := p.Probe(photo)
			if err == nil {
				_, err = p.Tensor(h, in, dst)
			}
			if err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations a photo", name, n)
		}
	}
}
