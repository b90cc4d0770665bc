package app_test

import (
	"bytes"
	"context"
	"flag"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mangosense/models"
	"mangosense/preprocess"
	"mangosense/preprocess/photos"
	"mangosense/server/internal/api"
	"mangosense/server/internal/auth"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/media"
	"mangosense/server/internal/store"
)

// flat is an engine that answers the same whatever it sees: what is fuzzed is
// the way to it.
type flat struct{}

func (flat) Run(_ context.Context, _ []byte, outputs [][]byte) error {
	for _, o := range outputs {
		clear(o)
	}
	return nil
}

// handler serves predict with the real photo path, and gives its address.
func handler(f *testing.F) string {
	f.Helper()
	must := func(err error) {
		if err != nil {
			f.Fatal(err)
		}
	}
	log := slog.New(slog.DiscardHandler)
	dir := f.TempDir()
	db, err := store.Open(filepath.Join(dir, store.FileName), store.Config{Log: log})
	must(err)
	f.Cleanup(func() { db.Close() })
	room, err := media.Open(media.Config{Dir: filepath.Join(dir, "media"), Log: log})
	must(err)
	accounts, err := auth.New(auth.Config{Users: db, Sessions: db, Secret: bytes.Repeat([]byte("s"), 32), Log: log,
		AccessLife: time.Hour, AdminAccessLife: time.Hour, RefreshLife: time.Hour})
	must(err)
	pixels, err := preprocess.New(preprocess.Config{})
	must(err)
	f.Cleanup(func() { pixels.Close() })
	m := models.Model{ID: "leaf-fuzz", Kind: "leaf", Version: "1", Classes: []string{"Healthy", "Anthracnose"}}
	m.Input = models.Input{Width: 64, Height: 64, Channels: 3, Layout: "NHWC", DType: "uint8", Colour: "RGB", Resize: models.Resize{Fit: "stretch", Filter: "triangle"}}
	m.Outputs = []models.Output{{Role: models.RoleClasses, Size: 2}}
	m.Calibration.Temperature = 1
	d, err := diagnose.New(diagnose.Config{
		Members: []diagnose.Member{{Model: m, Engine: flat{}, Outputs: []diagnose.Quant{{Scale: 1}}}},
		Photos:  pixels, Admission: diagnose.NewAdmission(4, 32, 128<<20),
	})
	must(err)
	s := api.New(api.Config{
		Store: db, Photos: room, Accounts: accounts, Intake: intake.New(intake.Config{Diagnoser: d}), Inference: unlisted{}, Log: log, AnonymousPreviews: true, PhotoLinkLife: time.Hour,
		MaxPhotoBytes: 10 << 20, UploadMemory: 48 << 20,
		RequestTimeout: 20 * time.Second, UploadTimeout: 20 * time.Second, StallTimeout: 5 * time.Second,
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	go s.Serve(ln)
	f.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		s.Shutdown(ctx)
	})
	return "http://" + ln.Addr().String() + "/api/predict/"
}

// unlisted are models that nobody asks the names of.
type unlisted struct{}

func (unlisted) Models() []api.InferenceModel { return nil }

// answered fails for any answer that is none of 2xx, 4xx and 503.
func answered(t *testing.T, url, contentType string, body []byte) {
	t.Helper()
	resp, err := http.Post(url, contentType, bytes.NewReader(body))
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	if c := resp.StatusCode; c/100 != 2 && c/100 != 4 && c != http.StatusServiceUnavailable {
		t.Fatalf("answered %d", c)
	}
}

// seedPhotos adds every odd photo, and one of each format cut off at every 64th
// byte. Those that are too large to be worth mutating are only replayed.
func seedPhotos(f *testing.F) {
	f.Helper()
	most := 8 << 20
	if fuzz := flag.Lookup("test.fuzz"); fuzz != nil && fuzz.Value.String() != "" {
		most = 64 << 10
	}
	for _, odd := range photos.All() {
		if len(odd.Bytes) <= most {
			f.Add(odd.Bytes)
		}
	}
	for _, whole := range [][]byte{photos.JPEG(48, 36), photos.PNG(40, 30), photos.WebP(40, 30)} {
		for n := 64; n < len(whole)+64; n += 64 {
			f.Add(whole[:min(n, len(whole))])
		}
	}
}

// FuzzPredictPhoto sends any bytes as the photo.
func FuzzPredictPhoto(f *testing.F) {
	seedPhotos(f)
	url := handler(f)
	f.Fuzz(func(t *testing.T, photo []byte) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		part, err := w.CreateFormFile("image", "image.jpg")
		if err != nil {
			t.Fatal(err)
		}
		part.Write(photo)
		w.WriteField("preview_only", "true")
		w.Close()
		answered(t, url, w.FormDataContentType(), b.Bytes())
	})
}

// FuzzPredictBody sends any bytes as the whole body.
func FuzzPredictBody(f *testing.F) {
	head := "--b\r\nContent-Disposition: form-data; name=\"preview_only\"\r\n\r\ntrue\r\n--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"i.jpg\"\r\n\r\n"
	f.Add([]byte(head + string(photos.JPEG(32, 24)) + "\r\n--b--\r\n"))
	f.Add([]byte(head))
	f.Add([]byte("--b\r\nContent-Disposition: form-data; name=\"symptoms_data\"\r\n\r\n{\"a\":[[[[\r\n--b--\r\n"))
	whole := head + string(photos.JPEG(32, 24)) + "\r\n--b--\r\n"
	for n := 64; n < len(whole); n += 64 {
		f.Add([]byte(whole[:n]))
	}
	part := func(name, value string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	f.Add([]byte(strings.Repeat(part("n", "v"), 100) + whole)) // 10,000 are TestReadRefuses' and FuzzRead's
	f.Add([]byte(part("detection_type", "auto") + part("latitude", "NaN") + part("longitude", "1e999") + whole))
	f.Add([]byte(part("image", "no file name") + part("selected_symptoms", "[1,[2]]") + part("symptoms_data", "{}") + whole))
	f.Add([]byte(strings.ReplaceAll(whole, "\r\n", "\n")))
	f.Add([]byte(strings.Replace(whole, "--b--", "--b-", 1) + whole))
	f.Add([]byte("--b--\r\n"))
	url := handler(f)
	f.Fuzz(func(t *testing.T, body []byte) { answered(t, url, "multipart/form-data; boundary=b", body) })
}
