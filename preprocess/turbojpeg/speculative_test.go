package turbojpeg_test

import (
	"bytes"
	"image/jpeg"
	"sync"
	"testing"

	"mangosense/preprocess/photos"
	"mangosense/preprocess/turbojpeg"
)

// speculator is the one that same uses. It reads all it can before the decoder begins.
var speculator = sync.OnceValue(func() *turbojpeg.Speculator {
	turbojpeg.SetSpeculatorFirst(true)
	a, err := turbojpeg.NewSpeculator()
	if err != nil {
		panic(err)
	}
	return a
})

// mcus is how many MCUs of this many pixels a side a picture has.
func mcus(w, h, side int) int { return (w + side - 1) / side * ((h + side - 1) / side) }

// The second half of what cameras write is decoded speculatively, and nothing else is: smaller
// scales than their photos need, restart markers, files that are not baseline or end early.
func TestSpeculatorReadsTheSecondHalf(t *testing.T) {
	table(t)
	d := newDecoder(t)
	const w, h = 1001, 777
	camera := func(noise, quality int) []byte {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, noisy(w, h, noise), &jpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	encoded := func(e photos.Encoding) []byte {
		e.Quantum = 9
		return photos.EncodeJPEG(noisy(w, h, 8), e)
	}
	colour, grey := mcus(w, h, 16), mcus(w, h, 8)
	for name, c := range map[string]struct {
		photo       []byte
		denominator int
		of          int // MCUs, about half of which are decoded speculatively; 0: none may be
	}{
		"camera at 1/4":           {camera(8, 85), 4, colour},
		"camera at 1/8":           {camera(8, 85), 8, colour},
		"camera, smooth":          {camera(0, 75), 4, colour},
		"camera, coarse, at 1/8":  {camera(2, 40), 8, colour},
		"camera, much noise":      {camera(40, 97), 4, colour},
		"grey at 1/4":             {encoded(photos.Encoding{Grey: true}), 4, grey},
		"grey at 1/8":             {encoded(photos.Encoding{Grey: true}), 8, grey},
		"camera at 1/2":           {camera(8, 85), 2, 0},
		"camera at 1/1":           {camera(8, 85), 1, 0},
		"restart markers":         {encoded(photos.Encoding{Grey: true, Restart: 7}), 4, 0},
		"progressive":             {encoded(photos.Encoding{Progressive: true}), 4, 0},
		"cut in the second half":  {camera(8, 85)[:100_000], 4, 0},
		"the header and no codes": {camera(8, 85)[:700], 4, 0},
	} {
		t.Run(name, func(t *testing.T) {
			j := job(w, h, 64)
			j.Denominator = c.denominator
			byBaseline := same(t, d, c.photo, j)
			decodeWith(d, c.photo, j, speculator())
			read := d.SpeculatedMCUs()
			if read < c.of*45/100 || read > c.of*75/100 || (c.of > 0 && !byBaseline) {
				t.Errorf("%d of %d MCUs were decoded speculatively (by our own decoder: %v)", read, c.of, byBaseline)
			}
		})
	}
}

// In files whose components share their tables nobody can tell one from the other, and
// the readers may never fall into step. The answer is the same.
func TestSpeculatorOutOfStep(t *testing.T) {
	table(t)
	d := newDecoder(t)
	for _, sampling := range [][]byte{{0x22, 0x11, 0x11}, {0x21, 0x11, 0x11}, {0x12, 0x11, 0x11}, {0x11, 0x11, 0x11}} {
		for noise := range 20 {
			photo := photos.EncodeJPEG(noisy(503, 377, 2*noise), photos.Encoding{Sampling: sampling, Quantum: 9})
			everyScale(t, d, photo, 503, 377)
		}
	}
}

// Whatever the two threads' timing, there is one answer; of good photos and of those
// that the decoder gives up midway.
func TestSpeculatorHammer(t *testing.T) {
	speculator() // it sets what the next line unsets
	turbojpeg.SetSpeculatorFirst(false)
	defer turbojpeg.SetSpeculatorFirst(true)
	const w, h = 1200, 900
	var b bytes.Buffer
	if err := jpeg.Encode(&b, noisy(w, h, 10), nil); err != nil {
		t.Fatal(err)
	}
	photo := b.Bytes()
	hurt := bytes.Clone(photo)
	hurt[len(hurt)*3/4] ^= 0x15
	j := job(w, h, 64)
	j.Denominator = 4
	var wait sync.WaitGroup
	for range 3 {
		d := newDecoder(t)
		a, err := turbojpeg.NewSpeculator()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { a.Close() })
		wait.Go(func() {
			want, wantHurt := decode(d, photo, j), decode(d, hurt, j)
			for range 200 {
				if got := decodeWith(d, photo, j, a); !got.byBaseline || !bytes.Equal(got.tensor, want.tensor) {
					t.Errorf("another tensor, %d MCUs speculated, fault %q", d.SpeculatedMCUs(), got.fault)
					return
				}
				if got := decodeWith(d, hurt, j, a); got.fault != wantHurt.fault || !bytes.Equal(got.tensor, wantHurt.tensor) {
					t.Errorf("another answer for a damaged photo: %q, want %q", got.fault, wantHurt.fault)
					return
				}
			}
		})
	}
	wait.Wait()
}

// A closed one is refused, and may be closed again.
func TestSpeculatorClosed(t *testing.T) {
	a, err := turbojpeg.NewSpeculator()
	if err != nil {
		t.Fatal(err)
	}
	a.Close()
	a.Close()
	j := job(160, 120, 32)
	if got := decodeWith(newDecoder(t), photos.JPEG(160, 120), j, a); got.fault != turbojpeg.ErrClosed.Error() {
		t.Errorf("a closed speculator gives %q", got.fault)
	}
}
