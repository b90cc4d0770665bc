package turbojpeg_test

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"slices"
	"testing"

	"mangosense/preprocess/turbojpeg"
)

// BenchmarkBaseline decodes a photo by turns with and without our own decoder, so
// that a busy moment of the machine hits both. The other one keeps the buffer of its
// whole picture, which the server would give back: only decoding is compared. It reports medians, the middle half
// of the quotients, and the quotient of the least times, which hardly minds a busy
// machine: -bench Baseline -benchtime 100x.
func BenchmarkBaseline(b *testing.B) {
	for _, c := range []struct{ w, h, denominator int }{{1152, 864, 1}, {2048, 1536, 2}, {4000, 3000, 4}, {8160, 6120, 8}} {
		b.Run(fmt.Sprintf("%dx%d at 1 over %d", c.w, c.h, c.denominator), func(b *testing.B) {
			var photo bytes.Buffer
			if err := jpeg.Encode(&photo, noisy(c.w, c.h, 10), &jpeg.Options{Quality: 85}); err != nil {
				b.Fatal(err)
			}
			decoders := map[bool]*turbojpeg.Decoder{false: newDecoder(b), true: newDecoder(b)}
			j := job(c.w, c.h, 224)
			j.Denominator = c.denominator
			dst := make([]byte, 224*224*3)
			var own, turbo, quotient []float64
			for b.Loop() {
				for _, turboOnly := range []bool{false, true} {
					d := decoders[turboOnly]
					turbojpeg.SetTurboOnly(turboOnly)
					turbojpeg.SetWhole(turboOnly)
					took, _, err := d.Tensor(photo.Bytes(), j, dst, nil)
					if err != nil || d.ByBaseline() == turboOnly {
						b.Fatal("not decoded as it should be: ", err)
					}
					if turboOnly {
						turbo = append(turbo, took.Seconds()*1e3)
					} else {
						own = append(own, took.Seconds()*1e3)
					}
				}
				quotient = append(quotient, own[len(own)-1]/turbo[len(turbo)-1])
			}
			turbojpeg.SetTurboOnly(false)
			turbojpeg.SetWhole(false)
			for _, m := range [][]float64{own, turbo, quotient} {
				slices.Sort(m)
			}
			n := len(own)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(own[n/2], "own-ms")
			b.ReportMetric(turbo[n/2], "turbo-ms")
			b.ReportMetric(quotient[n/2], "own/turbo")
			b.ReportMetric(quotient[n/4], "q1")
			b.ReportMetric(quotient[3*n/4], "q3")
			b.ReportMetric(own[0]/turbo[0], "least/least")
		})
	}
}
