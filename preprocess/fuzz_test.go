package preprocess_test

import (
	"bytes"
	"testing"
	"time"

	"mangosense/preprocess"
	"mangosense/preprocess/photos"
)

// The limits under which photos are fuzzed: small, so that a run tries many.
var fuzzLimits = preprocess.Config{MaxBytes: 1 << 20, MaxPixels: 4_000_000, MaxDecodeBytes: 64 << 20}

// patience is what no photo within the limits may take, on a slow machine with
// the race detector.
const patience = 20 * time.Second

// seed adds the odd photos of the formats wanted, and one of each format cut off
// at every 64th byte.
func seed(f *testing.F, formats ...preprocess.Format) {
	wanted := func(photo []byte) bool {
		for _, format := range formats {
			switch {
			case format == preprocess.JPEG && bytes.HasPrefix(photo, []byte{0xff, 0xd8}),
				format == preprocess.PNG && bytes.HasPrefix(photo, []byte("\x89PNG")),
				format == preprocess.WebP && bytes.HasPrefix(photo, []byte("RIFF")):
				return true
			}
		}
		return len(formats) == 0
	}
	const large = 100 << 10 // TestOddPhotos has the larger ones; mutating them leads nowhere
	for _, odd := range photos.All() {
		if wanted(odd.Bytes) && len(odd.Bytes) <= large {
			f.Add(odd.Bytes)
		}
	}
	img := photos.Picture(48, 36)
	for _, whole := range [][]byte{
		photos.EncodeJPEG(img, photos.Encoding{Orientation: 6}),
		photos.EncodeJPEG(img, photos.Encoding{Progressive: true}),
		photos.Arithmetic(),
		photos.InsertPNG(photos.EncodePNG(img), photos.PNGChunk("eXIf", photos.EXIF(6))),
		photos.InterlacedPNG(48, 36),
		photos.RIFF(photos.VP8X(8, 48, 36), photos.EncodeWebP(img)[12:], photos.Chunk("EXIF", photos.EXIF(6))),
		photos.FlatWebP(48, 36),
	} {
		for n := 64; wanted(whole) && n < len(whole)+64; n += 64 {
			f.Add(whole[:min(n, len(whole))])
		}
	}
}

func FuzzProbe(f *testing.F) {
	seed(f)
	p := newPreprocessor(f, fuzzLimits)
	in := input(32, 32)
	f.Fuzz(func(t *testing.T, photo []byte) {
		h, err := p.Probe(photo)
		if err != nil {
			mustBePublic(t, err)
			return
		}
		n, err := p.DecodeBytes(h, in)
		if err != nil {
			mustBePublic(t, err)
			return
		}
		if h.Width < 1 || h.Height < 1 || int64(h.Width)*int64(h.Height) > fuzzLimits.MaxPixels {
			t.Errorf("%d×%d pixels", h.Width, h.Height)
		}
		if h.Orientation < 1 || h.Orientation > 8 || n <= 0 || n > fuzzLimits.MaxDecodeBytes {
			t.Errorf("orientation %d, %d bytes", h.Orientation, n)
		}
	})
}

func FuzzJPEG(f *testing.F) { fuzzDecoder(f, preprocess.JPEG) }
func FuzzPNG(f *testing.F)  { fuzzDecoder(f, preprocess.PNG) }
func FuzzWebP(f *testing.F) { fuzzDecoder(f, preprocess.WebP) }

// fuzzDecoder wants an answer in time, a public one if it is an error, and the
// same answer again after another photo has been through the same decoder.
func fuzzDecoder(f *testing.F, format preprocess.Format) {
	seed(f, format)
	p := newPreprocessor(f, fuzzLimits)
	in := input(32, 32)
	between := photos.JPEG(40, 40)
	f.Fuzz(func(t *testing.T, photo []byte) {
		start := time.Now()
		got, h, err := tensor(p, photo, in)
		if took := time.Since(start); took > patience {
			t.Errorf("took %v", took)
		}
		if err != nil {
			mustBePublic(t, err)
		}
		if h.Format != format {
			return
		}
		if _, _, err := tensor(p, between, in); err != nil {
			t.Fatalf("afterwards a good photo failed: %v", err)
		}
		again, _, err2 := tensor(p, photo, in)
		if (err == nil) != (err2 == nil) || err == nil && !bytes.Equal(got, again) {
			t.Errorf("another answer the second time: %v, then %v", err, err2)
		}
	})
}

// FuzzClean wants of every photo that can be read that it can be cleaned, looks
// the same afterwards and is clean then.
func FuzzClean(f *testing.F) {
	seed(f)
	p := newPreprocessor(f, fuzzLimits)
	in := input(32, 32)
	f.Fuzz(func(t *testing.T, photo []byte) {
		want, h, err := tensor(p, photo, in)
		if err != nil {
			return
		}
		var clean, again bytes.Buffer
		if err := h.WriteClean(&clean); err != nil {
			t.Fatal(err)
		}
		got, h2, err := tensor(p, clean.Bytes(), in)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("the clean photo is another one: %v", err)
		}
		if err := h2.WriteClean(&again); err != nil || !bytes.Equal(clean.Bytes(), again.Bytes()) {
			t.Errorf("cleaning twice gives something else than cleaning once: %v", err)
		}
	})
}

func mustBePublic(t *testing.T, err error) {
	t.Helper()
	if code, sentence, ok := preprocess.Public(err); !ok || code == "" || sentence == "" {
		t.Errorf("an error without a public side: %v", err)
	}
}
