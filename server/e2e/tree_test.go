package e2e_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/jpeg"
	"io"
	"math"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mangosense/preprocess/photos"
)

// tree writes a form of several photos.
func tree(t *testing.T, all ...[]byte) (io.Reader, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, photo := range all {
		part, err := w.CreateFormFile("image", "image.jpg")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(photo); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b, w.FormDataContentType()
}

// TestTree: one answer over all photos; one that cannot be read has its
// sentence in its place, and the others are kept one by one.
func TestTree(t *testing.T) {
	t.Parallel()
	s := start(t, "MODELS_DIR="+lenient(t))
	login := "Bearer " + s.grower()
	body, kind := tree(t, photos.JPEG(640, 480), []byte("no photo"), photos.PNG(300, 200))
	a := s.must("POST", "/api/predict/tree/", body, "Content-Type", kind, "Authorization", login)
	if a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	rows, _ := at(a.json, "data", "photos").([]any)
	if len(rows) != 3 || at(a.json, "data", "photos_counted") != 2.0 || at(a.json, "data", "primary_prediction", "disease") == nil {
		t.Fatalf("%s", a.body)
	}
	for i, readable := range []bool{true, false, true} {
		if at(rows[i], "success") != readable || (at(rows[i], "saved_image_id") != nil) != readable || at(rows[i], "message") == "" {
			t.Errorf("photo %d: %v", i+1, rows[i])
		}
	}
	body, kind = tree(t, photos.JPEG(640, 480), []byte("no photo"), photos.PNG(300, 200))
	explained := s.must("POST", "/api/predict/tree/?explain=1", body, "Content-Type", kind, "Authorization", login)
	for i, shape := range []float64{4. / 3, 0, 1.5} {
		plain, _ := at(rows[i], "heat_map").(string)
		url, _ := at(explained.json, "data", "photos").([]any)
		drawn, _ := at(url[i], "heat_map").(string)
		if plain != "" || (drawn != "") != (shape > 0) {
			t.Fatalf("photo %d: heat maps of %d and, asked for, %d characters", i+1, len(plain), len(drawn))
		}
		if shape > 0 {
			if b := decoded(t, drawn).Bounds(); math.Abs(float64(b.Dx())/float64(b.Dy())-shape) > 0.02 {
				t.Errorf("photo %d: the heat map is %v", i+1, b)
			}
		}
	}
	if n := len(exported(t, s.data)); n != 4 {
		t.Errorf("%d records, want one a readable photo and request", n)
	}
	for name, c := range map[string]struct {
		photos [][]byte
		status int
	}{
		"none":            {nil, 400},
		"none readable":   {[][]byte{[]byte("x"), []byte("y")}, 400},
		"thirteen":        {make13(), 400},
		"heavier than 40": {[][]byte{heavy(), heavy(), heavy(), heavy(), heavy()}, 413},
	} {
		t.Run(name, func(t *testing.T) {
			body, kind := tree(t, c.photos...)
			if a := s.must("POST", "/api/predict/tree/", body, "Content-Type", kind, "Authorization", login); a.status != c.status {
				t.Errorf("%d %s, want %d", a.status, a.body, c.status)
			}
		})
	}
	body, kind = tree(t, photos.JPEG(64, 64))
	if a := s.must("POST", "/api/predict/tree/", body, "Content-Type", kind); a.status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", a.status)
	}
}

func make13() [][]byte {
	small := photos.JPEG(64, 64)
	out := make([][]byte, 13)
	for i := range out {
		out[i] = small
	}
	return out
}

// heavy is a file of 9 MB.
func heavy() []byte { return append(photos.JPEG(64, 64), make([]byte, 9<<20)...) }

// decoded is the picture of a data URL.
func decoded(t *testing.T, url string) image.Image {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(url, "data:image/jpeg;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestExplain: a picture comes when asked for, and only then.
func TestExplain(t *testing.T) {
	t.Parallel()
	s := start(t)
	for path, want := range map[string]bool{"/api/predict/?explain=1": true, "/api/predict/": false} {
		body, kind := form(t, photos.JPEG(800, 400), "preview_only", "true")
		a := s.must("POST", path, body, "Content-Type", kind)
		url, _ := at(a.json, "data", "heat_map").(string)
		if (url != "") != want {
			t.Fatalf("%s: heat_map of %d characters", path, len(url))
		}
		if want {
			if b := decoded(t, url).Bounds(); b.Dx() != 2*b.Dy() {
				t.Errorf("the heat map is %v, the photo 2:1", b)
			}
		}
	}
	dir := t.TempDir()
	photo, out := filepath.Join(dir, "a.jpg"), filepath.Join(dir, "heat.jpg")
	if err := os.WriteFile(photo, photos.JPEG(300, 300), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"MODELS_DIR=" + needModels(t)}
	if r := command(t, env, "predict", "--kind", "leaf", "--explain", out, photo); r.code != 0 {
		t.Fatalf("exit %d: %s", r.code, r.errOut)
	}
	if data, err := os.ReadFile(out); err != nil || !bytes.HasPrefix(data, []byte("\xff\xd8\xff")) {
		t.Errorf("%v, %d bytes", err, len(data))
	}
	if r := command(t, env, "predict", "--kind", "leaf", "--tree", photo, photo); r.code != 0 || !strings.Contains(r.out, "of 2 photos") {
		t.Errorf("--tree: exit %d\n%s%s", r.code, r.out, r.errOut)
	}
}
