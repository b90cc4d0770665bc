package turbojpeg_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"mangosense/preprocess/photos"
	"mangosense/preprocess/turbojpeg"
)

func newDecoder(t testing.TB) *turbojpeg.Decoder {
	t.Helper()
	d, err := turbojpeg.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func job(w, h, out int) turbojpeg.Job {
	return turbojpeg.Job{Width: w, Height: h, Denominator: 1, Orientation: 1, OutWidth: out, OutHeight: out}
}

// Sizes at which vectors, taps and rounding meet their edges, at every scale and
// orientation: nothing may be read or written outside (asan.sh watches), and an even
// surface must stay what it is.
func TestEdges(t *testing.T) {
	d := newDecoder(t)
	for _, size := range [][2]int{{1, 1}, {1, 7}, {2, 3}, {3, 2}, {4, 4}, {5, 300}, {15, 16}, {17, 33}, {64, 63}, {129, 5}, {1, 5000}, {5000, 1}} {
		w, h := size[0], size[1]
		img := photos.Picture(w, h)
		for i := range img.Pix {
			img.Pix[i] = 200
		}
		photo := photos.EncodeJPEG(img, photos.Encoding{})
		for _, denominator := range []int{1, 2, 4, 8} {
			for orientation := 1; orientation <= 8; orientation++ {
				for _, out := range [][2]int{{1, 1}, {3, 5}, {64, 48}} {
					j := turbojpeg.Job{
						Width: w, Height: h, Denominator: denominator, Orientation: orientation,
						OutWidth: out[0], OutHeight: out[1],
					}
					dst := make([]byte, out[0]*out[1]*3)
					if _, _, err := d.Tensor(photo, j, dst, nil); err != nil {
						t.Fatalf("%+v: %v", j, err)
					}
					for i, v := range dst {
						if v < 199 || v > 201 {
							t.Fatalf("%+v: byte %d is %d", j, i, v)
						}
					}
				}
			}
		}
	}
}

func TestFaults(t *testing.T) {
	d := newDecoder(t)
	good := photos.JPEG(60, 40)
	dst := make([]byte, 32*32*3)
	for name, c := range map[string]struct {
		photo []byte
		job   turbojpeg.Job
		dst   []byte
		want  error
	}{
		"good":             {good, job(60, 40, 32), dst, nil},
		"cut off":          {good[:len(good)-100], job(60, 40, 32), dst, turbojpeg.ErrIncomplete},
		"cut in its head":  {good[:100], job(60, 40, 32), dst, turbojpeg.ErrDecode},
		"a hole":           {photos.HoleJPEG(60, 40), job(60, 40, 32), dst, turbojpeg.ErrCorrupt},
		"no JPEG":          {photos.PNG(60, 40), job(60, 40, 32), dst, turbojpeg.ErrDecode},
		"another size":     {good, job(61, 40, 32), dst, turbojpeg.ErrSize},
		"larger promised":  {good, job(6000, 4000, 32), dst, turbojpeg.ErrSize},
		"smaller promised": {good, job(6, 4, 32), dst, turbojpeg.ErrSize},
		"nothing":          {nil, job(60, 40, 32), dst, turbojpeg.ErrJob},
		"short output":     {good, job(60, 40, 32), dst[1:], turbojpeg.ErrJob},
		"no width":         {good, job(0, 40, 32), dst, turbojpeg.ErrJob},
		"too wide":         {good, job(65501, 40, 32), dst, turbojpeg.ErrJob},
		"three":            {good, turbojpeg.Job{Width: 60, Height: 40, Denominator: 3, Orientation: 1, OutWidth: 32, OutHeight: 32}, dst, turbojpeg.ErrJob},
		"orientation 9":    {good, turbojpeg.Job{Width: 60, Height: 40, Denominator: 1, Orientation: 9, OutWidth: 32, OutHeight: 32}, dst, turbojpeg.ErrJob},
	} {
		if _, _, err := d.Tensor(c.photo, c.job, c.dst, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	d.Close()
	d.Close()
	if _, _, err := d.Tensor(good, job(60, 40, 32), dst, nil); !errors.Is(err, turbojpeg.ErrClosed) {
		t.Errorf("closed: got %v", err)
	}
}

// A file without tables must not be decoded by those of the file before it.
func TestNothingIsLeftOfThePhotoBefore(t *testing.T) {
	d := newDecoder(t)
	dst := make([]byte, 32*32*3)
	j := job(160, 120, 32)
	for _, odd := range photos.All() {
		if odd.Name != "jpeg no quantisation tables" {
			continue
		}
		if _, _, err := d.Tensor(photos.JPEG(160, 120), j, dst, nil); err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.Tensor(odd.Bytes, j, dst, nil); !errors.Is(err, turbojpeg.ErrDecode) {
			t.Errorf("got %v", err)
		}
		return
	}
	t.Fatal("that photo is gone")
}

// Decoders come and go, with good photos and bad ones, and memory stays.
func TestMemoryComesBack(t *testing.T) {
	if asan {
		t.Skip("AddressSanitizer keeps freed memory for a while")
	}
	photo := photos.EncodeJPEG(photos.Picture(400, 300), photos.Encoding{Progressive: true})
	dst := make([]byte, 32*32*3)
	cycle := func(n int) {
		for i := range n {
			d, err := turbojpeg.New()
			if err != nil {
				t.Fatal(err)
			}
			b := photo
			if i%2 == 1 {
				b = photo[:len(photo)*(i%100)/100]
			}
			d.Tensor(b, job(400, 300, 32), dst, nil)
			d.Close()
		}
	}
	cycle(200)
	// A leak grows in every round, what the allocators keep does not.
	least := int64(math.MaxInt64)
	for range 3 {
		before := resident(t)
		cycle(1000)
		least = min(least, resident(t)-before)
	}
	if least > 5<<20 {
		t.Errorf("1,000 decoders left %d bytes behind, and so in every round", least)
	}
}

func resident(t *testing.T) int64 {
	t.Helper()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("resident memory can be asked for on Linux alone")
	}
	pages, err := strconv.ParseInt(strings.Fields(string(b))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// FuzzTensor gives the fence bytes that no parser of ours has looked at, with a
// promise that may be wrong.
func FuzzTensor(f *testing.F) {
	img := photos.Picture(40, 30)
	for _, b := range [][]byte{
		photos.EncodeJPEG(img, photos.Encoding{}),
		photos.EncodeJPEG(img, photos.Encoding{Progressive: true}),
		photos.EncodeJPEG(img, photos.Encoding{CMYK: true}),
		photos.EncodeJPEG(img, photos.Encoding{Restart: 2, Sampling: []byte{0x41, 0x11, 0x11}}),
	} {
		f.Add(b, uint16(40), uint16(30), byte(0))
		f.Add(b[:len(b)/2], uint16(40), uint16(30), byte(0xff))
	}
	f.Add(photos.Arithmetic(), uint16(48), uint16(36), byte(1))
	d := newDecoder(f)
	f.Fuzz(func(t *testing.T, photo []byte, w, h uint16, how byte) {
		if int(w)*int(h) > 1<<20 {
			return
		}
		j := turbojpeg.Job{
			Width: int(w), Height: int(h), Denominator: 1 << (how & 3), Orientation: 1 + int(how>>2&7),
			CMYK: how>>5&1 == 1, OutWidth: 16, OutHeight: 24,
		}
		a, b := make([]byte, 16*24*3), make([]byte, 16*24*3)
		_, _, err := d.Tensor(photo, j, a, nil)
		_, _, err2 := d.Tensor(photo, j, b, nil)
		if fmt.Sprint(err) != fmt.Sprint(err2) || err == nil && !bytes.Equal(a, b) {
			t.Errorf("another answer the second time: %v, then %v", err, err2)
		}
	})
}

// table skips, under the race detector, a test that compares many pictures in one
// goroutine: make test-go runs it without.
func table(t *testing.T) {
	t.Helper()
	if race {
		t.Skip("no goroutine is under way in it: it runs without the race detector")
	}
}
