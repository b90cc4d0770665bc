package turbojpeg_test

import (
	"bytes"
	"cmp"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"mangosense/preprocess/photos"
	"mangosense/preprocess/turbojpeg"
)

// answer is all that a decoder says of a photo.
type answer struct {
	tensor, picture []byte
	fault           string
	byBaseline      bool
}

func decode(d *turbojpeg.Decoder, photo []byte, j turbojpeg.Job) answer {
	return decodeWith(d, photo, j, nil)
}

func decodeWith(d *turbojpeg.Decoder, photo []byte, j turbojpeg.Job, speculator *turbojpeg.Speculator) (a answer) {
	a.tensor = make([]byte, j.OutWidth*j.OutHeight*3)
	if _, _, err := d.Tensor(photo, j, a.tensor, speculator); err != nil {
		a.tensor, a.fault = nil, err.Error()
	}
	a.byBaseline = d.ByBaseline()
	return a
}

// decodeWhole is decode with the picture on the way, in one piece.
func decodeWhole(d *turbojpeg.Decoder, photo []byte, j turbojpeg.Job) answer {
	turbojpeg.SetWhole(true)
	defer turbojpeg.SetWhole(false)
	a := decode(d, photo, j)
	if a.fault == "" {
		a.picture = d.Picture(j)
	}
	return a
}

// same decodes with and without our own decoder, wants one answer, and
// says whether it was our own decoder's: of rows as they come, as the server does
// it, of the whole picture, and with the second half decoded speculatively.
func same(t testing.TB, d *turbojpeg.Decoder, photo []byte, j turbojpeg.Job) (byBaseline bool) {
	t.Helper()
	rows, got := decode(d, photo, j), decodeWhole(d, photo, j)
	halves := decodeWith(d, photo, j, speculator())
	turbojpeg.SetTurboOnly(true)
	want := decodeWhole(d, photo, j)
	turbojpeg.SetTurboOnly(false)
	switch {
	case want.byBaseline:
		t.Fatal("libjpeg-turbo had no turn")
	case rows.byBaseline != got.byBaseline:
		t.Errorf("%+v: decoded by our own decoder: row by row %v, whole %v", j, rows.byBaseline, got.byBaseline)
	case got.fault != want.fault || rows.fault != want.fault:
		t.Errorf("%+v: %q, row by row %q, of libjpeg-turbo %q", j, got.fault, rows.fault, want.fault)
	case want.fault == "" && len(want.picture) == 0:
		t.Fatalf("%+v: no picture to compare", j)
	case !bytes.Equal(got.picture, want.picture):
		most, at := 0, 0
		for i := range got.picture {
			if e := int(got.picture[i]) - int(want.picture[i]); max(e, -e) > most {
				most, at = max(e, -e), i
			}
		}
		w := (j.Width + j.Denominator - 1) / j.Denominator
		t.Errorf("%+v: off by %d at %d, %d", j, most, at/4%w, at/4/w)
	case !bytes.Equal(got.tensor, want.tensor):
		t.Errorf("%+v: another tensor", j)
	case !bytes.Equal(rows.tensor, want.tensor):
		t.Errorf("%+v: another tensor, row by row", j)
	case halves.byBaseline != rows.byBaseline || halves.fault != rows.fault || !bytes.Equal(halves.tensor, rows.tensor):
		t.Errorf("%+v: with a speculative decoder (%d MCUs) another answer: by our own decoder %v, %q", j, d.SpeculatedMCUs(), halves.byBaseline, halves.fault)
	}
	return rows.byBaseline
}

// everyScale is same at all four scales. Pictures so small that TurboJPEG takes
// another scale than it is asked for are not for our own decoder.
func everyScale(t testing.TB, d *turbojpeg.Decoder, photo []byte, w, h int) (byBaseline bool) {
	t.Helper()
	byBaseline = true
	for _, denominator := range []int{1, 2, 4, 8} {
		j := job(w, h, 24)
		j.Denominator = denominator
		byBaseline = same(t, d, photo, j) && byBaseline
	}
	return byBaseline
}

// noisy is a picture with some noise on it, so that blocks are full.
func noisy(w, h int, noise int) *image.RGBA {
	img := photos.Picture(w, h)
	r := rand.New(rand.NewPCG(uint64(w), uint64(h)))
	for i := range img.Pix {
		img.Pix[i] = uint8(min(max(int(img.Pix[i])+r.IntN(2*noise+1)-noise, 0), 255))
	}
	return img
}

// The own decoder's pictures are libjpeg-turbo's to the byte: samplings, scales,
// sizes that fill no MCU, restart markers, fine and coarse steps.
func TestBaselineIsTheSame(t *testing.T) {
	d := newDecoder(t)
	for name, e := range map[string]photos.Encoding{
		"4:2:0":              {},
		"4:2:2":              {Sampling: []byte{0x21, 0x11, 0x11}},
		"4:4:0":              {Sampling: []byte{0x12, 0x11, 0x11}},
		"4:4:4":              {Sampling: []byte{0x11, 0x11, 0x11}},
		"grey":               {Grey: true},
		"grey, odd sampling": {Grey: true, Sampling: []byte{0x22}},
		"4:2:0 without JFIF": {NoJFIF: true},
	} {
		t.Run(name, func(t *testing.T) {
			for i, size := range [][2]int{{48, 48}, {17, 33}, {50, 31}, {33, 64}, {64, 17}, {97, 80}, {65, 66}, {130, 19}, {19, 130}, {162, 51}} {
				e := e
				e.Quantum = []int{1, 4, 12, 40, 255}[i%5]
				e.Restart = []int{0, 1, 2, 5}[i%4]
				photo := photos.EncodeJPEG(noisy(size[0], size[1], 3*i), e)
				if !everyScale(t, d, photo, size[0], size[1]) {
					t.Errorf("%v was left to libjpeg-turbo", size)
				}
			}
		})
	}
}

// Tiny pictures have their own rules: no smoothing of two samples, another scale
// than asked for.
func TestBaselineTiny(t *testing.T) {
	d := newDecoder(t)
	baseline := 0
	for w := 1; w <= 18; w++ {
		for h := 1; h <= 18; h++ {
			for i, sampling := range [][]byte{{0x22, 0x11, 0x11}, {0x21, 0x11, 0x11}, {0x12, 0x11, 0x11}, {0x11, 0x11, 0x11}} {
				photo := photos.EncodeJPEG(noisy(w, h, 5), photos.Encoding{Sampling: sampling, Restart: i})
				if everyScale(t, d, photo, w, h) {
					baseline++
				}
			}
		}
	}
	if baseline < 100 {
		t.Errorf("only %d were decoded by our own decoder at every scale", baseline)
	}
}

// Every quality, with the tables of another encoder.
func TestBaselineQualities(t *testing.T) {
	d := newDecoder(t)
	for quality := 1; quality <= 100; quality++ {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, noisy(113, 75, quality/4), &jpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		if !everyScale(t, d, b.Bytes(), 113, 75) {
			t.Errorf("quality %d was left to libjpeg-turbo", quality)
		}
	}
}

// What is unlike any photo overflows what libjpeg-turbo's own implementations
// agree on: pure noise may be left to it, and is then the same.
func TestBaselineNoise(t *testing.T) {
	d := newDecoder(t)
	for _, quantum := range []int{1, 2, 7, 30, 100, 255} {
		img := image.NewRGBA(image.Rect(0, 0, 90, 90))
		for i := range img.Pix {
			img.Pix[i] = uint8(-(rand.IntN(2)))
		}
		for _, sampling := range [][]byte{{0x22, 0x11, 0x11}, {0x11, 0x11, 0x11}} {
			everyScale(t, d, photos.EncodeJPEG(img, photos.Encoding{Quantum: quantum, Sampling: sampling}), 90, 90)
		}
	}
}

// Pillow's encoder is libjpeg-turbo's: its own tables, and optimised ones.
func TestBaselineOfPillow(t *testing.T) {
	exe := cmp.Or(os.Getenv("MANGO_PYTHON"), "python3")
	if out, err := exec.Command(exe, "-c", "import PIL").CombinedOutput(); err != nil {
		t.Skipf("%s has no Pillow (MANGO_PYTHON names another): %v %s", exe, err, out)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in.png"), photos.EncodePNG(noisy(201, 155, 12)), 0o600); err != nil {
		t.Fatal(err)
	}
	const script = `
import sys
from PIL import Image
p = Image.open("in.png").convert("RGB")
for mode in "RGB", "L":
  for q in 1, 10, 30, 50, 75, 85, 92, 97, 100:
    for s in (0, 1, 2) if mode == "RGB" else (0,):
      for o in False, True:
        for r in 0, 4:
          p.convert(mode).save(f"{mode}-{q}-{s}-{o}-{r}.jpg", quality=q, subsampling=s, optimize=o, restart_marker_blocks=r)
`
	cmd := exec.Command(exe, "-c", script)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("Pillow cannot write them: %v %s", err, out)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*.jpg"))
	if len(names) < 100 {
		t.Fatalf("only %d files", len(names))
	}
	d := newDecoder(t)
	for _, name := range names {
		photo, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !everyScale(t, d, photo, 201, 155) {
			t.Errorf("%s was left to libjpeg-turbo", filepath.Base(name))
		}
	}
}
