package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mangosense/preprocess/photos"
)

// save sends a photo to be kept and returns its id.
func (s *server) save(photo []byte) uint64 {
	s.t.Helper()
	body, kind := form(s.t, photo, "detection_type", "leaf")
	a := s.must("POST", "/api/predict/", body, "Content-Type", kind, "Authorization", "Bearer "+s.grower())
	if a.status != http.StatusOK {
		s.t.Fatalf("predict answered %d: %s", a.status, a.body)
	}
	id, _ := at(a.json, "data", "saved_image_id").(float64)
	return uint64(id)
}

// grower registers an account, once a server, and gives its access token.
func (s *server) grower() string {
	s.t.Helper()
	s.registered.Do(func() {
		a := s.must("POST", "/api/register/", strings.NewReader(`{"first_name":"Test","last_name":"Grower","email":"grower@farm.example",
			"password":"Secret-Word-1","address":"An orchard"}`), "Content-Type", "application/json")
		s.access, _ = a.json["access"].(string)
		if a.status != http.StatusOK || s.access == "" {
			s.t.Errorf("register answered %d: %s", a.status, a.body)
		}
	})
	return s.access
}

// predict asks for a preview, without an account.
func (s *server) predict(photo []byte, fields ...string) answer {
	s.t.Helper()
	body, kind := form(s.t, photo, append(fields, "preview_only", "true")...)
	return s.must("POST", "/api/predict/", body, "Content-Type", kind)
}

func TestHealthPaths(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, path := range []string{"/", "/health/", "/health", "/api/", "/api", "/api/health/", "/api/health", "/livez", "/readyz"} {
		a := s.must("GET", path, nil)
		if a.status != http.StatusOK || a.json["status"] == nil {
			t.Errorf("GET %s: %d %s", path, a.status, a.body)
		}
		if a := s.must("HEAD", path, nil); a.status != http.StatusOK || len(a.body) != 0 {
			t.Errorf("HEAD %s: %d, %d bytes", path, a.status, len(a.body))
		}
	}
	if a := s.must("GET", "/api/health/", nil); a.json["database"] != "connected" || a.json["models"] != "accessible" {
		t.Errorf("/api/health/: %s", a.body)
	}
	if a := s.must("GET", "/nowhere", nil); a.status != http.StatusNotFound || a.json["success"] != false || a.json["error"] == "" {
		t.Errorf("unknown path: %d %s", a.status, a.body)
	}
	if a := s.must("GET", "/api/predict/", nil); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") == "" || a.json["success"] != false {
		t.Errorf("wrong method: %d, Allow %q, %s", a.status, a.header.Get("Allow"), a.body)
	}
}

func TestPredictPreview(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, path := range []string{"/api/predict/", "/api/predict"} {
		body, kind := form(t, photos.JPEG(800, 600), "detection_type", "leaf", "preview_only", "true")
		a := s.must("POST", path, body, "Content-Type", kind)
		if a.status != http.StatusOK || a.json["success"] != true {
			t.Fatalf("%s: %d %s", path, a.status, a.body)
		}
		data, _ := a.json["data"].(map[string]any)
		if _, ok := at(data, "primary_prediction", "confidence_score").(float64); !ok {
			t.Errorf("%s: confidence_score is no number: %s", path, a.body)
		}
		for _, key := range []string{"top_3_predictions", "predictions"} {
			if _, ok := data[key].([]any); !ok {
				t.Errorf("%s: %s is no list: %s", path, key, a.body)
			}
		}
		if at(data, "prediction_summary", "confidence_level") == nil || at(data, "gate_validation", "passed") == nil {
			t.Errorf("%s: prediction_summary or gate_validation is missing: %s", path, a.body)
		}
		if id := data["saved_image_id"]; id != nil {
			t.Errorf("%s: a preview was saved as %v", path, id)
		}
	}
	if files := stored(t, s.data); len(files) != 0 {
		t.Errorf("previews left photos: %q", files)
	}
}

// stored lists the photos that a data folder holds.
func stored(t *testing.T, data string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(data, "media"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".jpg") {
			out = append(out, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPredictRefuses(t *testing.T) {
	t.Parallel()
	s := start(t)
	huge := append(photos.JPEG(100, 100), make([]byte, 11<<20)...)
	for name, c := range map[string]struct {
		photo  []byte
		fields []string
		status int
		says   string
	}{
		"no image":         {photo: nil, status: 400, says: "No image uploaded"},
		"empty image":      {photo: []byte{}, status: 400, says: "No image uploaded"},
		"text":             {photo: []byte("this is not a photo"), status: 400, says: "Invalid image file"},
		"truncated":        {photo: photos.TruncatedJPEG(640, 480), status: 400, says: "Invalid image file"},
		"HEIC":             {photo: photos.HEIC("heic"), status: 400, says: "HEIC"},
		"over 10 MB":       {photo: huge, status: 413, says: "10MB"},
		"unknown kind":     {photo: photos.JPEG(64, 64), fields: []string{"detection_type", "root"}, status: 400, says: "detection_type"},
		"bomb of a header": {photo: photos.JoinPNG(photos.IHDR(60_000, 60_000, 8, 2, 0), photos.IDAT(make([]byte, 100_000)), photos.PNGChunk("IEND", nil)), status: 400, says: "pixels"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.predict(c.photo, c.fields...)
			if a.status != c.status || !strings.Contains(string(a.body), c.says) {
				t.Errorf("%d %s; want %d saying %q", a.status, a.body, c.status, c.says)
			}
			for _, key := range []string{"message", "error", "errors", "detail", "error_code", "timestamp"} {
				if a.json[key] == nil {
					t.Errorf("the error lacks %q: %s", key, a.body)
				}
			}
		})
	}
	if a := s.must("POST", "/api/predict/", strings.NewReader("{}"), "Content-Type", "application/json"); a.status != http.StatusUnsupportedMediaType {
		t.Errorf("JSON body: %d, want 415", a.status)
	}
}

// TestCORS: every answer carries the headers, errors too; never credentials.
func TestCORS(t *testing.T) {
	t.Parallel()
	s := start(t, "CORS_ORIGINS=https://admin.example.org")
	for _, origin := range []string{"http://localhost", "capacitor://localhost", "https://admin.example.org"} {
		for _, c := range []struct{ method, path string }{{"GET", "/api/health/"}, {"GET", "/nowhere"}, {"POST", "/api/predict/"}, {"OPTIONS", "/api/predict/"}, {"OPTIONS", "/api/media/x.jpg"}} {
			a := s.must(c.method, c.path, nil, "Origin", origin)
			if got := a.header.Get("Access-Control-Allow-Origin"); got != origin {
				t.Errorf("%s %s from %s: allows %q", c.method, c.path, origin, got)
			}
			if a.header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s %s: credentials are allowed", c.method, c.path)
			}
			if c.method == "OPTIONS" && (a.status != 200 || !strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "authorization")) {
				t.Errorf("preflight of %s: %d, headers %q", c.path, a.status, a.header.Get("Access-Control-Allow-Headers"))
			}
		}
	}
	if a := s.must("GET", "/", nil, "Origin", "https://evil.example"); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("a strange origin is allowed")
	}
}

// TestTooLargeIsReadable: a client that is still sending sees 413, not a reset
// connection; also when it does not say how much will come.
func TestTooLargeIsReadable(t *testing.T) {
	t.Parallel()
	s := start(t)
	photo := append(photos.JPEG(64, 64), make([]byte, 30<<20)...)
	body, kind := form(t, photo, "preview_only", "true")
	a := s.must("POST", "/api/predict/", io.MultiReader(body), "Content-Type", kind) // chunked
	if a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("chunked: %d", a.status)
	}
	body, kind = form(t, photo)
	if a := s.must("POST", "/api/predict/", body, "Content-Type", kind); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("with a length: %d", a.status)
	}
}

// TestSlowSender ends a sender that falls silent, in its first bytes or in the
// middle of a photo.
func TestSlowSender(t *testing.T) {
	t.Parallel()
	s := start(t, "STALL_TIMEOUT=1s")
	head := "POST /api/predict/ HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n"
	part := "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"i.jpg\"\r\n\r\n"
	for name, sent := range map[string]string{
		"in the head":       head[:40],
		"before the body":   head,
		"early in the body": head + part + "half a pho",
		"in the photo":      head + part + strings.Repeat("x", 50_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, sent); err != nil {
				t.Fatal(err)
			}
			conn.SetReadDeadline(time.Now().Add(time.Minute))
			reply, err := io.ReadAll(conn)
			if err != nil || !bytes.HasPrefix(reply, []byte("HTTP/1.1 408")) {
				t.Errorf("reply %.60q, error %v; want 408 and a closed connection", reply, err)
			}
		})
	}
}

// TestDrain: a request under way at SIGTERM is answered, and the exit is clean.
func TestDrain(t *testing.T) {
	t.Parallel()
	s := start(t)
	body, kind := form(t, photos.JPEG(1600, 1200), "preview_only", "true")
	raw, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	answers := make(chan answer, 1)
	go func() {
		req, _ := http.NewRequest("POST", s.url+"/api/predict/", r)
		req.Header.Set("Content-Type", kind)
		req.ContentLength = int64(len(raw))
		a, _ := s.do(req)
		answers <- a
	}()
	if _, err := w.Write(raw[:len(raw)/2]); err != nil {
		t.Fatal(err)
	}
	exit := make(chan int, 1)
	go func() { exit <- s.stop() }()
	waitFor(t, "the server drains", func() bool { return strings.Contains(s.logged(), "msg=draining") })
	w.Write(raw[len(raw)/2:])
	w.Close()
	if a := <-answers; a.status != http.StatusOK {
		t.Errorf("the request under way got %d %s", a.status, a.body)
	}
	if code := <-exit; code != 0 {
		t.Errorf("exit code %d:\n%s", code, s.logged())
	}
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("waited in vain until %s", what)
}

// exported is what `mangosense export` prints, one object a record.
func exported(t *testing.T, data string) []map[string]any {
	t.Helper()
	r := command(t, []string{"DATA_DIR=" + data}, "export")
	if r.code != 0 {
		t.Fatalf("export: exit %d: %s", r.code, r.errOut)
	}
	var out []map[string]any
	for d := json.NewDecoder(strings.NewReader(r.out)); d.More(); {
		var m map[string]any
		if err := d.Decode(&m); err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}
