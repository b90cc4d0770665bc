package preprocess_test

import (
	"testing"
	"time"

	"mangosense/preprocess"
	"mangosense/preprocess/photos"
)

// costly are photos of the ways of encoding that differ in what they cost.
func costly() []struct {
	name string
	file []byte
} {
	return []struct {
		name string
		file []byte
	}{
		{"jpeg 12 MP", photos.LargeJPEG(4000, 3008, 3)},
		{"jpeg, progressive", photos.EncodeJPEG(photos.Picture(1024, 768), photos.Encoding{Progressive: true})},
		{"png", photos.PNG(1024, 768)},
		{"png, 16 bits", photos.PNG16(1024, 768)},
		{"png, interlaced", photos.InterlacedPNG(1024, 768)},
		{"webp, lossy", photos.FlatWebP(1000, 1000)},
		{"webp, lossless", photos.WebP(1024, 768)},
	}
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
	if got := cost(photos.FlatWebP(7000, 7000)); got < 15*ordinary || got < time.Second {
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

// BenchmarkCost compares the estimate with the time taken: times-estimated is one
// factor for a machine, whatever the format.
func BenchmarkCost(b *testing.B) {
	p := newPreprocessor(b, preprocess.Config{Cores: 1})
	in := input(224, 224)
	dst := make([]byte, in.Bytes())
	for _, c := range costly() {
		b.Run(c.name, func(b *testing.B) {
			h, err := p.Probe(c.file)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := p.Tensor(h, in, dst); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(h.Cost), "times-estimated")
		})
	}
}
