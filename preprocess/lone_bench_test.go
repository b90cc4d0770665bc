package preprocess_test

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"mangosense/preprocess"
	"mangosense/preprocess/photos"
)

// BenchmarkLonePhoto compares one photo of 12 MP decoded by one thread and with a
// speculative decoder, by turns so that a busy moment of the machine hits both. It
// reports medians and the median and middle half of the quotients, with a free
// second core and with every core busy: -bench LonePhoto -benchtime 100x.
func BenchmarkLonePhoto(b *testing.B) {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, photos.Picture(4000, 3000), &jpeg.Options{Quality: 85}); err != nil {
		b.Fatal(err)
	}
	in := input(224, 224)
	dst := make([]byte, in.Bytes())
	one := newPreprocessor(b, preprocess.Config{Cores: 1})
	two := newPreprocessor(b, preprocess.Config{Cores: 2})
	h, err := one.Probe(file.Bytes())
	if err != nil {
		b.Fatal(err)
	}
	for _, busy := range []int{0, 2} {
		b.Run(fmt.Sprintf("%d busy threads", busy), func(b *testing.B) {
			var done atomic.Bool
			defer done.Store(true)
			for range busy {
				go func() {
					for !done.Load() { // keeps a core busy
					}
				}()
			}
			took := func(p *preprocess.Preprocessor) float64 {
				start := time.Now()
				if _, err := p.Tensor(h, in, dst); err != nil {
					b.Fatal(err)
				}
				return time.Since(start).Seconds() * 1e3
			}
			var alone, speculative, quotients []float64
			for b.Loop() {
				alone, speculative = append(alone, took(one)), append(speculative, took(two))
				quotients = append(quotients, speculative[len(speculative)-1]/alone[len(alone)-1])
			}
			for _, m := range [][]float64{alone, speculative, quotients} {
				slices.Sort(m)
			}
			n := len(alone)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(alone[n/2], "one-ms")
			b.ReportMetric(speculative[n/2], "two-ms")
			b.ReportMetric(quotients[n/2], "two/one")
			b.ReportMetric(quotients[n/4], "q1")
			b.ReportMetric(quotients[3*n/4], "q3")
		})
	}
}
