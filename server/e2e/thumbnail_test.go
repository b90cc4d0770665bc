package e2e_test

import (
	"bytes"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"

	"mangosense/preprocess/photos"
)

// TestThumbnails: the history's small pictures are upright JPEGs of a few
// kilobytes, whatever the photo was.
func TestThumbnails(t *testing.T) {
	t.Parallel()
	s := start(t, "MODELS_DIR="+lenient(t))
	login := "Bearer " + s.grower()
	for name, c := range map[string]struct {
		photo         []byte
		width, height int // in proportion
	}{
		"a JPEG":             {photos.JPEG(1200, 900), 4, 3},
		"a PNG":              {photos.PNG(900, 1200), 3, 4},
		"a WebP":             {photos.WebP(800, 400), 2, 1},
		"on its side":        {turned(1200, 900, 6), 3, 4},
		"a small one":        {photos.JPEG(64, 64), 1, 1},
		"a long one, upside": {turned(1600, 200, 3), 8, 1},
	} {
		t.Run(name, func(t *testing.T) {
			body, kind := form(t, c.photo, "preview_only", "false")
			if a := s.must("POST", "/api/predict/", body, "Content-Type", kind, "Authorization", login); a.status != http.StatusOK {
				t.Fatalf("%d %s", a.status, a.body)
			}
			history := s.must("GET", "/api/history/?limit=1", nil, "Authorization", login)
			list, _ := at(history.json, "data", "analyses").([]any)
			if len(list) == 0 {
				t.Fatalf("%s", history.body)
			}
			url, _ := at(list[0], "thumbnail_url").(string)
			a := s.must("GET", url[strings.Index(url, "/api/"):], nil)
			small, err := jpeg.Decode(bytes.NewReader(a.body))
			if err != nil {
				t.Fatalf("%d, %d bytes: %v", a.status, len(a.body), err)
			}
			w, h := small.Bounds().Dx(), small.Bounds().Dy()
			if max(w, h) > 480 || len(a.body) > 60_000 {
				t.Errorf("%d × %d pixels, %d bytes", w, h, len(a.body))
			}
			if d := w*c.height - h*c.width; d > c.height+c.width || d < -c.height-c.width {
				t.Errorf("%d × %d pixels, want %d:%d", w, h, c.width, c.height)
			}
		})
	}
}

// turned is a photo that EXIF calls turned.
func turned(w, h, orientation int) []byte {
	return photos.EncodeJPEG(photos.Picture(w, h), photos.Encoding{Orientation: orientation})
}
