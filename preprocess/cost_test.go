package preprocess_test

import (
	"bytes"
	"flag"
	"image"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mangosense/preprocess"
	"mangosense/preprocess/photos"
)

// costly are photos of every way of encoding that differs in what it costs, of
// several sizes and contents each.
func costly(t testing.TB) []encoded {
	t.Helper()
	stored := func(name string) []byte { // by testdata/cost.py
		file, err := os.ReadFile("testdata/cost/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	noise := func(w, h int) *image.RGBA {
		img, r := photos.Picture(w, h), rand.New(rand.NewPCG(28, 4))
		for i := range img.Pix {
			img.Pix[i] += byte(r.IntN(24))
		}
		return img
	}
	progressive := func(img *image.RGBA) []byte { return photos.EncodeJPEG(img, photos.Encoding{Progressive: true}) }
	untidy := func(img *image.RGBA) []byte {
		return photos.Insert(photos.EncodeJPEG(img, photos.Encoding{}), []byte{1, 2, 3})
	}
	pixels := func(img image.Image) float64 { return float64(img.Bounds().Dx() * img.Bounds().Dy()) }
	small, detailed, even := photos.Picture(800, 600), noise(1280, 960), image.NewRGBA(image.Rect(0, 0, 2000, 1500))
	half, one, three := pixels(small), pixels(detailed), pixels(even)
	scans := func(file []byte) float64 { return float64(bytes.Count(file, []byte{0xff, 0xda})) }
	each := func(way, name string, file []byte, units float64) encoded { return encoded{way, name, file, units} }
	all := []encoded{
		each("jpeg", "12 MP", photos.LargeJPEG(4000, 3008, 3), 4000*3008),
		each("jpeg", "0.5 MP", photos.EncodeJPEG(small, photos.Encoding{}), half),
		each("jpeg", "1 MP, much detail", photos.EncodeJPEG(detailed, photos.Encoding{}), one),
		each("jpeg", "3 MP, even", photos.EncodeJPEG(even, photos.Encoding{}), three),
		each("jpeg, untidy", "0.5 MP", untidy(small), half),
		each("jpeg, untidy", "1 MP, much detail", untidy(detailed), one),
		each("jpeg, untidy", "3 MP, even", untidy(even), three),
		each("png", "0.5 MP", photos.EncodePNG(small), 3*half),
		each("png", "1 MP, much detail", photos.EncodePNG(detailed), 3*one),
		each("png", "3 MP, even", photos.EncodePNG(even), 4*three),
		each("png", "0.5 MP, 16 bits", photos.PNG16(800, 600), 6*half),
		each("png", "1 MP, 16 bits", photos.PNG16(1280, 960), 6*one),
		each("png", "0.5 MP, transparent", photos.TransparentPNG(800, 600), 4*half),
		each("png, interlaced", "0.5 MP", photos.InterlacedPNG(800, 600), 3*half),
		each("png, interlaced", "1 MP", photos.InterlacedPNG(1280, 960), 3*one),
		each("webp, lossy", "0.5 MP, coded evenly", photos.WholeFlatWebP(800, 600), half),
		each("webp, lossy", "3 MP, even", stored("even.webp"), three),
		each("webp, lossy", "0.5 MP, much detail", stored("detail.webp"), half),
		each("webp, lossless", "0.5 MP", photos.EncodeWebP(small), half),
		each("webp, lossless", "1 MP, much detail", photos.EncodeWebP(detailed), one),
		each("webp, lossless", "3 MP, even", photos.EncodeWebP(even), three),
	}
	for _, c := range []struct {
		name string
		file []byte
		of   float64
	}{
		{"0.5 MP", progressive(small), half},
		{"1 MP, much detail", progressive(detailed), one},
		{"3 MP, even", progressive(even), three},
		{"0.5 MP, many scans", photos.RefinementBomb(800, 600), 800 * 600},
	} {
		all = append(all, each("jpeg, progressive", c.name, c.file, c.of*scans(c.file)))
	}
	return all

}

// encoded is a photo, and the way of encoding whose rates estimate its cost.
type encoded struct {
	way, name string
	file      []byte
	units     float64 // that the way's first rate is for: pixels, pixels and scans, bytes of the unpacked picture
}

// TestCost: the header says which photo costs more, and a small file that
// costs a second is known before it is decoded.
func TestCost(t *testing.T) {
	p := newPreprocessor(t, preprocess.Config{})
	cost := func(file []byte) time.Duration {
		h, err := p.Probe(file)
		if err != nil {
			t.Fatal(err)
		}
		return h.Cost
	}
	ordinary := cost(photos.LargeJPEG(4000, 3008, 3))
	if ordinary > 100*time.Millisecond {
		t.Errorf("an ordinary photo is estimated at %s", ordinary)
	}
	if got := cost(photos.FlatWebP(7000, 7000)); got < 15*ordinary {
		t.Errorf("a lossy WebP of 49 MP is estimated at %s, an ordinary photo at %s", got, ordinary)
	}
	for _, c := range []struct {
		name            string
		dearer, cheaper []byte
	}{
		{"progressive", photos.EncodeJPEG(photos.Picture(512, 512), photos.Encoding{Progressive: true}), photos.JPEG(512, 512)},
		{"arithmetic", photos.Arithmetic(), photos.JPEG(64, 48)},
		{"16 bits", photos.PNG16(512, 512), photos.PNG(512, 512)},
		{"interlaced", photos.InterlacedPNG(512, 512), photos.PNG(512, 512)},
		{"more pixels of the same", photos.FlatWebP(1000, 1000), photos.FlatWebP(500, 500)},
	} {
		if dear, cheap := cost(c.dearer), cost(c.cheaper); dear <= cheap {
			t.Errorf("%s: estimated at %s, without it at %s", c.name, dear, cheap)
		}
	}
}

var fitCosts = flag.Bool("fit", false, "say which rates fit the measured processor times best")

// TestCostHolds: no photo of any way of encoding takes much more or less processor
// time beside an ordinary one than its header foretells. The bound is what the line of
// photos and the allowances can bear; `make cost` shows the rates that fit best.
func TestCostHolds(t *testing.T) {
	if instrumented {
		t.Skip("the compiler's checks slow each decoder down by its own factor")
	}
	const most = 4
	p := newPreprocessor(t, preprocess.Config{Cores: 1})
	var ordinary float64
	fits := map[string]*fit{}
	for i, c := range costly(t) {
		estimated, took := costOf(t, p, c.file)
		times := float64(took) / float64(estimated)
		if i == 0 {
			ordinary = times
		}
		times /= ordinary
		t.Logf("%s, %s: estimated %s, %s of processor time: %.2f times", c.way, c.name, estimated.Round(10*time.Microsecond), took.Round(10*time.Microsecond), times)
		if times > most || times < 1.0/most {
			t.Errorf("%s, %s takes %.2f times what is estimated, beside an ordinary photo", c.way, c.name, times)
		}
		if fits[c.way] == nil {
			fits[c.way] = &fit{}
		}
		fits[c.way].add(c.units, float64(len(c.file)), float64(took)/ordinary-float64(500*time.Microsecond))
	}
	if *fitCosts {
		for _, way := range slices.Sorted(maps.Keys(fits)) {
			unit, data := fits[way].solve()
			t.Logf("%s: rate{%.3g, %.3g}", way, unit, data)
		}
	}
}

// fit finds two rates, neither below zero, whose estimates are off by the least share,
// squared and summed.
type fit struct{ uu, ud, dd, u, d float64 }

func (f *fit) add(units, data, took float64) {
	u, d := units/took, data/took
	f.uu, f.ud, f.dd, f.u, f.d = f.uu+u*u, f.ud+u*d, f.dd+d*d, f.u+u, f.d+d
}

func (f *fit) solve() (unit, data float64) {
	if det := f.uu*f.dd - f.ud*f.ud; det > 1e-9*f.uu*f.dd {
		unit, data = (f.u*f.dd-f.d*f.ud)/det, (f.d*f.uu-f.u*f.ud)/det
	}
	switch {
	case unit > 0 && data > 0:
		return unit, data
	case data > 0:
		return 0, f.d / f.dd
	}
	return f.u / f.uu, 0
}

// costOf is the estimate for a photo and the least processor time of a few decodes:
// another program beside it adds to every other.
func costOf(t testing.TB, p *preprocess.Preprocessor, file []byte) (estimated, took time.Duration) {
	t.Helper()
	in := input(224, 224)
	dst := make([]byte, in.Bytes())
	h, err := p.Probe(file)
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	took = time.Hour
	for range 3 {
		before := threadTime(t)
		if _, err := p.Tensor(h, in, dst); err != nil {
			t.Fatal(err)
		}
		took = min(took, threadTime(t)-before)
	}
	return h.Cost, took
}

// threadTime is the processor time of this thread.
func threadTime(t testing.TB) time.Duration {
	t.Helper()
	var spent unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &spent); err != nil {
		t.Fatal(err)
	}
	return time.Duration(spent.Nano())
}
