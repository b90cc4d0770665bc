package tflite_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"sync"
	"testing"

	"mangosense/tflite"
)

// BenchmarkRun compares XNNPACK with TensorFlow Lite's own kernels on the real
// model, with as many callers as interpreters. One operation is one photo.
func BenchmarkRun(b *testing.B) {
	path := real(b)
	for _, c := range []struct {
		name string
		cfg  tflite.Config
	}{
		{"xnnpack", tflite.Config{}},
		{"default", tflite.Config{DefaultPath: true}},
	} {
		for callers := 1; callers <= 4; callers++ {
			b.Run(fmt.Sprintf("%s/%d", c.name, callers), func(b *testing.B) {
				c.cfg.Interpreters = callers
				m := open(b, path, c.cfg)
				b.ReportAllocs()
				b.ResetTimer()
				var wg sync.WaitGroup
				for k := range callers {
					wg.Go(func() {
						in := noise(m.Info().Input.Bytes(), uint64(k))
						out := make([][]byte, len(m.Info().Outputs))
						for i := k; i < b.N; i += callers {
							if err := m.Run(context.Background(), in, out); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "photos/s")
			})
		}
	}
}

// BenchmarkDigest compares what the digest of a model costs with opening it.
func BenchmarkDigest(b *testing.B) {
	path := real(b)
	weights, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("sha256", func(b *testing.B) {
		for b.Loop() {
			sha256.Sum256(weights)
		}
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			m, err := tflite.Open(path, tflite.Config{Interpreters: 1})
			if err != nil {
				b.Fatal(err)
			}
			_ = m.Close()
		}
	})
}
