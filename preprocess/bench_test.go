package preprocess_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/disintegration/imaging"

	"mangosense/preprocess"
	"mangosense/preprocess/photos"
)

// benchPhotos are photos of the usual sizes. MANGO_BENCH_PHOTOS names a folder
// with others, say real ones: the benchmark's name is then the file's.
func benchPhotos(b *testing.B) map[string][]byte {
	b.Helper()
	out := map[string][]byte{}
	if dir := os.Getenv("MANGO_BENCH_PHOTOS"); dir != "" {
		names, _ := filepath.Glob(filepath.Join(dir, "*.*"))
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				b.Fatal(err)
			}
			out[filepath.Base(name)] = data
		}
		return out
	}
	for name, s := range map[string][2]int{"1MP": {1280, 960}, "3MP": {2048, 1536}, "12MP": {4000, 3000}} {
		out[name] = photos.JPEG(s[0], s[1])
	}
	return out
}

func BenchmarkTensor(b *testing.B) {
	p := newPreprocessor(b, preprocess.Config{MaxBytes: 64 << 20, MaxPixels: 100_000_000})
	in := input(224, 224)
	dst := make([]byte, in.Bytes())
	for name, photo := range benchPhotos(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var sum preprocess.Timings
			for b.Loop() {
				h, err := p.Probe(photo)
				if err != nil {
					b.Fatal(err)
				}
				t, err := p.Tensor(h, in, dst)
				if err != nil {
					b.Fatal(err)
				}
				sum.Decode += t.Decode
				sum.Resize += t.Resize
			}
			b.ReportMetric(float64(sum.Decode.Microseconds())/float64(b.N)/1e3, "decode-ms/op")
			b.ReportMetric(float64(sum.Resize.Microseconds())/float64(b.N)/1e3, "resize-ms/op")
		})
	}
}

// BenchmarkNaive is what Tensor is instead of.
func BenchmarkNaive(b *testing.B) {
	for name, photo := range benchPhotos(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				img, err := imaging.Decode(bytes.NewReader(photo), imaging.AutoOrientation(true))
				if err != nil {
					b.Skip(fmt.Sprint("imaging cannot read it: ", err))
				}
				imaging.Resize(img, 224, 224, imaging.Linear)
			}
		})
	}
}

func BenchmarkProbe(b *testing.B) {
	p := newPreprocessor(b, preprocess.Config{})
	for name, photo := range map[string][]byte{
		"baseline":    photos.JPEG(2048, 1536),
		"progressive": photos.EncodeJPEG(photos.Picture(2048, 1536), photos.Encoding{Progressive: true}),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Probe(photo); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkClean(b *testing.B) {
	p := newPreprocessor(b, preprocess.Config{})
	photo := photos.JPEG(2048, 1536)
	h, err := p.Probe(photo)
	if err != nil {
		b.Fatal(err)
	}
	var w bytes.Buffer
	b.SetBytes(int64(len(photo)))
	for b.Loop() {
		w.Reset()
		if err := h.WriteClean(&w); err != nil {
			b.Fatal(err)
		}
	}
}
