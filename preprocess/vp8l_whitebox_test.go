package preprocess

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/image/vp8l"

	"mangosense/preprocess/photos"
)

// losslessSeeds are the data of lossless WebPs: libwebp's, with all its tricks,
// and ours, without any.
func losslessSeeds(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{"ours": photos.WebP(30, 20), "of too many trees": photos.TreesWebP(400, 300, 999)}
	names, err := filepath.Glob("testdata/golden/webp-lossless*.webp")
	if err != nil || len(names) == 0 {
		t.Fatalf("no golden lossless WebP: %v", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(name)] = b
	}
	for name, b := range out {
		h, err := readWebPHeader(b)
		if err != nil || !h.webp.lossless {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = b[h.webp.from : h.webp.from+h.webp.size]
	}
	return out
}

// vp8l allocates no more than estimated.
func TestVP8LBytes(t *testing.T) {
	for name, data := range losslessSeeds(t) {
		estimated, err := vp8lBytes(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := vp8l.Decode(bytes.NewReader(data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		runtime.ReadMemStats(&after)
		taken := int64(after.TotalAlloc - before.TotalAlloc)
		t.Logf("%s: %d bytes taken, %d estimated", name, taken, estimated)
		if taken > estimated+fixedBytes || taken < estimated/2 {
			t.Errorf("%s: %d bytes taken, %d estimated", name, taken, estimated)
		}
	}
}

// Whatever the decoder accepts has an estimate.
func FuzzVP8LBytes(f *testing.F) {
	for _, data := range losslessSeeds(f) {
		if len(data) < 64<<10 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 5 || data[0] != 0x2f {
			return
		}
		c, err := vp8l.DecodeConfig(bytes.NewReader(data))
		if err != nil || c.Width*c.Height > 1<<16 {
			return
		}
		n, err := vp8lBytes(data)
		if err == nil && n > 4<<20 {
			return // would be refused before decoding
		}
		if _, decodeErr := vp8l.Decode(bytes.NewReader(data)); decodeErr == nil && err != nil {
			t.Errorf("decoded, but without an estimate: %v", err)
		}
	})
}
