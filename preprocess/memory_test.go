package preprocess_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"mangosense/preprocess"
	"mangosense/preprocess/photos"
)

// DecodeBytes is kept: Go formats allocate no more than estimated, and not so
// little that good photos would be refused for nothing.
func TestDecodeBytesInGo(t *testing.T) {
	if instrumented {
		t.Skip("a sanitizer's own memory would count")
	}
	p := newPreprocessor(t, preprocess.Config{})
	img := photos.Picture(700, 500)
	for name, photo := range map[string][]byte{
		"png":                  photos.EncodePNG(img),
		"png of 16 bits":       photos.PNG16(700, 500),
		"png transparent":      photos.TransparentPNG(700, 500),
		"png interlaced":       photos.InterlacedPNG(700, 500),
		"png palette":          photos.PaletteBadIndexPNG(700, 500),
		"png grey":             photos.BombPNG(2000, 3000),
		"png of 1×60,000":      photos.BombPNG(1, 60000),
		"png of 60,000×1":      photos.BombPNG(60000, 1),
		"webp lossless":        photos.EncodeWebP(img),
		"webp lossy":           photos.FlatWebP(700, 500),
		"webp lossy by planes": photos.FlatWebP(1000, 900),
		"webp trees":           photos.TreesWebP(400, 300, 900),
	} {
		for _, size := range []int{96, 224} {
			t.Run(fmt.Sprintf("%s to %d", name, size), func(t *testing.T) {
				in := input(size, size)
				h, err := p.Probe(photo)
				if err != nil {
					t.Fatal(err)
				}
				dst := make([]byte, in.Bytes())
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				if _, err := p.Tensor(h, in, dst); err != nil {
					t.Fatal(err)
				}
				runtime.ReadMemStats(&after)
				compare(t, int64(after.TotalAlloc-before.TotalAlloc), needs(t, p, h, in))
			})
		}
	}
}

// JPEG takes C memory: measured as the growth of the peak of resident memory. A
// baseline one takes much less than estimated, unless it turns out not to be one at
// its very end: then it takes both decoders' memory.
func TestDecodeBytesInC(t *testing.T) {
	if _, err := os.Stat("/proc/self/clear_refs"); err != nil {
		t.Skip("resident memory's peak can be reset on Linux alone")
	}
	if instrumented {
		t.Skip("a sanitizer's own memory drowns the decoder's")
	}
	in := input(224, 224)
	dst := make([]byte, in.Bytes())
	for name, photo := range map[string][]byte{
		"baseline 3 MP":       photos.JPEG(2048, 1536),
		"hardly baseline":     hardlyBaseline(photos.JPEG(2048, 1536)),
		"progressive 3 MP":    photos.EncodeJPEG(photos.Picture(2048, 1536), photos.Encoding{Progressive: true}),
		"separate 3 MP":       photos.EncodeJPEG(photos.Picture(2048, 1536), photos.Encoding{Separate: true}),
		"4:4:4 3 MP":          photos.EncodeJPEG(photos.Picture(2048, 1536), photos.Encoding{Progressive: true, Sampling: []byte{0x11, 0x11, 0x11}}),
		"cmyk 3 MP":           photos.EncodeJPEG(photos.Picture(2048, 1536), photos.Encoding{CMYK: true}),
		"baseline, flat 6 MP": photos.EncodeJPEG(photos.Picture(60000, 100), photos.Encoding{}),
		"without an end":      photos.JPEG(2048, 1536)[:1<<17],
	} {
		t.Run(name, func(t *testing.T) {
			// A new one each: its buffers must count as well.
			p, err := preprocess.New(preprocess.Config{})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			h, err := p.Probe(photo)
			if err != nil {
				t.Fatal(err)
			}
			debug.FreeOSMemory()
			if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
				t.Skip("resident memory's peak cannot be reset here: ", err)
			}
			before := peak(t)
			p.Tensor(h, in, dst) // the cut-off photo fails, and costs
			taken := peak(t) - before
			if strings.HasPrefix(name, "baseline") { // only the bound matters
				taken = max(taken, needs(t, p, h, in)/2)
			}
			compare(t, taken, needs(t, p, h, in))
		})
	}
}

// hardlyBaseline puts bytes before the end marker, which libjpeg-turbo alone tolerates.
func hardlyBaseline(photo []byte) []byte {
	return append(bytes.Clone(photo[:len(photo)-2]), 'x', 'y', 0xff, 0xd9)
}

func compare(t *testing.T, taken, estimated int64) {
	t.Helper()
	const slack = 512 << 10
	t.Logf("%.2f MB taken, %.2f MB estimated", float64(taken)/1e6, float64(estimated)/1e6)
	if taken > estimated+slack {
		t.Errorf("%d bytes taken, only %d estimated", taken, estimated)
	}
	if taken < estimated/2-2*slack {
		t.Errorf("only %d bytes taken, %d estimated", taken, estimated)
	}
}

// peak is the most memory that was ever resident, or since it was reset.
func peak(t *testing.T) int64 {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kb << 10
		}
	}
	t.Fatal("no VmHWM in /proc/self/status")
	return 0
}
