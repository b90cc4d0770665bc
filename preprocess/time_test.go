package preprocess_test

import (
	"testing"
	"time"

	"mangosense/preprocess"
	"mangosense/preprocess/photos"
)

// The files that ask for the most work a byte are answered in seconds.
func TestTimeIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	if instrumented {
		t.Skip("a sanitizer makes everything ten times slower")
	}
	p := newPreprocessor(t, preprocess.Config{})
	in := input(224, 224)
	for name, photo := range map[string][]byte{
		"jpeg in 45 passes, 20 MP":        photos.RefinementBomb(5000, 4000),
		"jpeg of 50 MP that ends at once": photos.Resized(photos.JPEG(160, 120), 8160, 6120),
		"png bomb of 49 MP":               photos.BombPNG(7000, 7000),
		"webp of 900 groups of trees":     photos.TreesWebP(400, 300, 900),
		"webp of 1 MP, even":              photos.FlatWebP(1000, 1000),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, h, err := tensor(p, photo, in)
			took := time.Since(start)
			t.Logf("%d bytes of %d×%d: %v, %v", len(photo), h.Width, h.Height, took, err)
			if took > patience {
				t.Errorf("took %v", took)
			}
		})
	}
}
