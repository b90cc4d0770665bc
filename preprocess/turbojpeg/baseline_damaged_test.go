package turbojpeg_test

import (
	"bytes"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"mangosense/preprocess/photos"
)

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
// that our own decoder must not take.
func TestBaselineOddPhotos(t *testing.T) {
	table(t)
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
		photo      []byte
		byBaseline bool
	}{
		"baseline":                {base, true},
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
		if byBaseline := everyScale(t, d, c.photo, 160, 120); byBaseline != c.byBaseline {
			t.Errorf("%s: decoded by our own decoder: %v", name, byBaseline)
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

func TestBaselineTruncated(t *testing.T) {
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

func TestBaselineFlippedBytes(t *testing.T) {
	table(t)
	d := newDecoder(t)
	r := rand.New(rand.NewPCG(7, 11))
	rounds := 3000
	if testing.Short() || asan {
		rounds = 300
	}
	hurt(t, func(name string, whole []byte, w, h int) {
		baseline, good := 0, 0
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
				baseline++
			}
			if a.fault == "" {
				good++
			}
		}
		t.Logf("%s: of %d damaged photos %d could be decoded, %d by our own decoder", name, rounds, good, baseline)
	})
}

// FuzzBaseline wants of any bytes that our own decoder changes nothing: of whole
// files, and of coded data behind the head of a good one.
func FuzzBaseline(f *testing.F) {
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
