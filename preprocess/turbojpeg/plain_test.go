package turbojpeg_test

import (
	"bytes"
	"cmp"
	"fmt"
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
	plainly         bool
}

func decode(d *turbojpeg.Decoder, photo []byte, j turbojpeg.Job) (a answer) {
	a.tensor = make([]byte, j.OutWidth*j.OutHeight*3)
	if _, _, err := d.Tensor(photo, j, a.tensor); err != nil {
		a.tensor, a.fault = nil, err.Error()
	} else {
		a.picture = d.Picture(j)
	}
	a.plainly = d.Plainly()
	return a
}

// same decodes with and without this room's own decoder, wants one answer, and
// says whether it was the own decoder's.
func same(t testing.TB, d *turbojpeg.Decoder, photo []byte, j turbojpeg.Job) (plainly bool) {
	t.Helper()
	got := decode(d, photo, j)
	turbojpeg.SetTurboOnly(true)
	want := decode(d, photo, j)
	turbojpeg.SetTurboOnly(false)
	switch {
	case want.plainly:
		t.Fatal("libjpeg-turbo had no turn")
	case got.fault != want.fault:
		t.Errorf("%+v: %q, of libjpeg-turbo %q", j, got.fault, want.fault)
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
	}
	return got.plainly
}

// everyScale is same at all four scales. Pictures so small that TurboJPEG takes
// another scale than it is asked for are not for the own decoder.
func everyScale(t testing.TB, d *turbojpeg.Decoder, photo []byte, w, h int) (plainly bool) {
	t.Helper()
	plainly = true
	for _, denominator := range []int{1, 2, 4, 8} {
		j := job(w, h, 24)
		j.Denominator = denominator
		plainly = same(t, d, photo, j) && plainly
	}
	return plainly
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
func TestPlainIsTheSame(t *testing.T) {
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
func TestPlainTiny(t *testing.T) {
	d := newDecoder(t)
	plain := 0
	for w := 1; w <= 18; w++ {
		for h := 1; h <= 18; h++ {
			for i, sampling := range [][]byte{{0x22, 0x11, 0x11}, {0x21, 0x11, 0x11}, {0x12, 0x11, 0x11}, {0x11, 0x11, 0x11}} {
				photo := photos.EncodeJPEG(noisy(w, h, 5), photos.Encoding{Sampling: sampling, Restart: i})
				if everyScale(t, d, photo, w, h) {
					plain++
				}
			}
		}
	}
	if plain < 100 {
		t.Errorf("only %d were decoded by the own decoder at every scale", plain)
	}
}

// Every quality, with the tables of another encoder.
func TestPlainQualities(t *testing.T) {
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
func TestPlainNoise(t *testing.T) {
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
func TestPlainOfPillow(t *testing.T) {
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

// sizeOf reads the size that a JPEG's frame header claims, or makes one up.
func sizeOf(photo []byte) (w, h int) {
	for at := 2; at+9 < len(photo) && photo[at] == 0xff; at += 2 + int(photo[at+2])<<8 + int(photo[at+3]) {
		if m := photo[at+1]; m == 0xc0 || m == 0xc1 || m == 0xc2 || m == 0xc9 {
			h, w = int(photo[at+5])<<8|int(photo[at+6]), int(photo[at+7])<<8|int(photo[at+8])
		}
	}
	if w == 0 || h == 0 || w*h > 1<<22 || w > 65500 || h > 65500 {
		return 160, 120
	}
	return w, h
}

// The odd photos give one answer whoever decodes them, and so do the unusual ones
// that the own decoder must not take.
func TestPlainOddPhotos(t *testing.T) {
	d := newDecoder(t)
	for _, odd := range photos.All() {
		if !bytes.HasPrefix(odd.Bytes, []byte{0xff, 0xd8}) {
			continue
		}
		t.Run(odd.Name, func(t *testing.T) {
			w, h := sizeOf(odd.Bytes)
			everyScale(t, d, odd.Bytes, w, h)
		})
	}
	base := photos.JPEG(160, 120)
	segment := func(marker byte, payload string) []byte {
		n := len(payload) + 2
		return append([]byte{0xff, marker, byte(n >> 8), byte(n)}, payload...)
	}
	for name, c := range map[string]struct {
		photo   []byte
		plainly bool
	}{
		"plain":                   {base, true},
		"Adobe, YCbCr":            {photos.Insert(base, segment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01")), true},
		"Adobe, RGB":              {photos.Insert(base, segment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x00")), false},
		"a comment":               {photos.Insert(base, segment(0xfe, "hello")), true},
		"a fill byte":             {photos.Insert(base, append([]byte{0xff}, segment(0xfe, "hello")...)), false},
		"a restart marker before": {photos.Insert(base, []byte{0xff, 0xd0}), false},
		"progressive":             {photos.EncodeJPEG(photos.Picture(160, 120), photos.Encoding{Progressive: true}), false},
		"three scans":             {photos.EncodeJPEG(photos.Picture(160, 120), photos.Encoding{Separate: true}), false},
		"4:1:1":                   {photos.EncodeJPEG(photos.Picture(160, 120), photos.Encoding{Sampling: []byte{0x41, 0x11, 0x11}}), false},
		"behind the end":          {append(bytes.Clone(base), "more"...), true},
		"before the end":          {append(bytes.Clone(base[:len(base)-2]), 'x', 'y', 0xff, 0xd9), false},
		"fill before the end":     {append(bytes.Clone(base[:len(base)-2]), 0xff, 0xff, 0xd9), true},
		"no end":                  {base[:len(base)-2], false},
	} {
		if plainly := everyScale(t, d, c.photo, 160, 120); plainly != c.plainly {
			t.Errorf("%s: decoded by the own decoder: %v", name, plainly)
		}
	}
}

// cut, flipped and spliced photos: whatever happens to the bytes, libjpeg-turbo's
// answer is the answer.
func hurt(t *testing.T, each func(name string, whole []byte, w, h int)) {
	for name, e := range map[string]photos.Encoding{
		"4:2:0": {Restart: 4}, "4:2:2": {Sampling: []byte{0x21, 0x11, 0x11}}, "grey": {Grey: true},
		"4:4:0": {Sampling: []byte{0x12, 0x11, 0x11}, Restart: 1},
	} {
		each(name, photos.EncodeJPEG(noisy(90, 70, 9), e), 90, 70)
	}
}

func TestPlainTruncated(t *testing.T) {
	d := newDecoder(t)
	hurt(t, func(_ string, whole []byte, w, h int) {
		for n := len(whole) % 64; n < len(whole); n += 64 {
			// A slice of its own end: reading behind it shows under a sanitizer.
			if n > 0 && everyScale(t, d, bytes.Clone(whole[:n]), w, h) {
				t.Errorf("%d bytes of %d were enough", n, len(whole))
			}
		}
	})
}

func TestPlainFlippedBytes(t *testing.T) {
	d := newDecoder(t)
	r := rand.New(rand.NewPCG(7, 11))
	rounds := 3000
	if testing.Short() || asan {
		rounds = 300
	}
	hurt(t, func(name string, whole []byte, w, h int) {
		plain, good := 0, 0
		for i := range rounds {
			photo := bytes.Clone(whole)
			for range 1 + i%3 {
				at := r.IntN(len(photo))
				switch r.IntN(4) {
				case 0:
					photo[at] = byte(r.IntN(256))
				case 1:
					photo[at] ^= 1 << r.IntN(8)
				case 2:
					photo[at] = 0xff
				default:
					n := r.IntN(min(8, len(photo)-at))
					photo = append(photo[:at], photo[at+n:]...)
				}
			}
			j := job(w, h, 16)
			j.Denominator = 1 << (i & 3)
			a := decode(d, photo, j)
			if same(t, d, photo, j) {
				plain++
			}
			if a.fault == "" {
				good++
			}
		}
		t.Logf("%s: of %d hurt photos %d could be decoded, %d by the own decoder", name, rounds, good, plain)
	})
}

// FuzzPlain wants of any bytes that the own decoder changes nothing: of whole
// files, and of coded data behind the head of a good one.
func FuzzPlain(f *testing.F) {
	img := noisy(40, 30, 8)
	var heads [][]byte
	add := func(photo []byte) {
		scan := bytes.Index(photo, []byte{0xff, 0xda})
		scan += 2 + int(photo[scan+3])
		f.Add(photo, byte(len(heads)))
		f.Add(photo[:len(photo)*2/3], byte(len(heads)))
		f.Add(photo[scan:], byte(0x80|len(heads)<<2))
		heads = append(heads, photo[:scan])
	}
	for i, sampling := range [][]byte{{0x22, 0x11, 0x11}, {0x21, 0x11, 0x11}, {0x12, 0x11, 0x11}, {0x11, 0x11, 0x11}} {
		add(photos.EncodeJPEG(img, photos.Encoding{Sampling: sampling, Restart: i}))
	}
	add(photos.EncodeJPEG(img, photos.Encoding{Grey: true}))
	for q := 20; q <= 100; q += 40 {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: q}); err != nil {
			f.Fatal(err)
		}
		add(b.Bytes())
	}
	d := newDecoder(f)
	f.Fuzz(func(t *testing.T, photo []byte, how byte) {
		if how&0x80 != 0 {
			photo = append(bytes.Clone(heads[int(how>>2&31)%len(heads)]), photo...)
		}
		w, h := sizeOf(photo)
		if len(photo) == 0 || w*h > 1<<18 {
			return
		}
		j := job(w, h, 8)
		j.Denominator = 1 << (how & 3)
		same(t, d, photo, j)
	})
}

// BenchmarkPlain decodes a photo by turns with and without the own decoder, so
// that a busy moment of the machine hits both: -bench Plain.
func BenchmarkPlain(b *testing.B) {
	for _, c := range []struct{ w, h, denominator int }{{1152, 864, 1}, {2048, 1536, 2}, {4000, 3000, 4}, {8160, 6120, 8}} {
		b.Run(fmt.Sprintf("%dx%d at 1 over %d", c.w, c.h, c.denominator), func(b *testing.B) {
			var photo bytes.Buffer
			if err := jpeg.Encode(&photo, noisy(c.w, c.h, 10), &jpeg.Options{Quality: 85}); err != nil {
				b.Fatal(err)
			}
			d := newDecoder(b)
			j := job(c.w, c.h, 224)
			j.Denominator = c.denominator
			dst := make([]byte, 224*224*3)
			var own, turbo float64
			for b.Loop() {
				for _, turboOnly := range []bool{false, true} {
					turbojpeg.SetTurboOnly(turboOnly)
					took, _, err := d.Tensor(photo.Bytes(), j, dst)
					if err != nil || d.Plainly() == turboOnly {
						b.Fatal("not decoded as it should be: ", err)
					}
					if turboOnly {
						turbo += took.Seconds()
					} else {
						own += took.Seconds()
					}
				}
			}
			turbojpeg.SetTurboOnly(false)
			b.ReportMetric(own/float64(b.N)*1e3, "own-ms")
			b.ReportMetric(turbo/float64(b.N)*1e3, "turbo-ms")
			b.ReportMetric(own/turbo, "own/turbo")
		})
	}
}
