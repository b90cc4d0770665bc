package api_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestFormWithoutFile: whoever forgets the photo is told so, whatever kind of
// form was sent; JSON stays a 415.
func TestFormWithoutFile(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	plain := func(fields string) *body {
		return &body{contentType: "application/x-www-form-urlencoded", bytes: []byte(fields)}
	}
	s.reject(t, boss.Access, map[string]rejected{
		"predict, fields alone":     {"POST", "/api/predict/", plain("detection_type=leaf"), 400, "Image file is required"},
		"predict, nothing":          {"POST", "/api/predict/", nil, 400, "Image file is required"},
		"predict, multipart":        {"POST", "/api/predict/", form(t, map[string]string{"detection_type": "leaf"}, nil), 400, "Image file is required"},
		"predict, JSON":             {"POST", "/api/predict/", object("{}"), 415, "multipart/form-data"},
		"predict, too many fields":  {"POST", "/api/predict/", plain(strings.Repeat("a=b&", 1<<20)), 413, "too large"},
		"tree, fields alone":        {"POST", "/api/predict/tree/", plain("detection_type=leaf"), 400, "Image file is required"},
		"upload, nothing":           {"POST", "/api/upload-image/", nil, 400, "No file was submitted."},
		"bulk import, fields alone": {"POST", "/api/training-data/bulk-import/", plain("disease_type=leaf&disease_classification=Healthy"), 400, "images"},
		"bulk import, no class":     {"POST", "/api/training-data/bulk-import/", plain("disease_type=leaf"), 400, "disease_classification"},
	})
}

// TestSentences: what pages show of a refusal reads as a sentence, and the list
// beside it names the field.
func TestSentences(t *testing.T) {
	s := newSite(t, nil)
	boss := s.admin()
	for _, c := range []struct {
		method, path, body string
		says               string
		errors             string // one of them
	}{
		{"POST", "/api/training-data/bulk-approve/", `{"image_ids":[],"training_ready":true}`, "image_ids must be a non-empty list.", "image_ids: must be a non-empty list"},
		{"POST", "/api/training-data/bulk-approve/", `{"training_ready":true}`, "image_ids must be a non-empty list.", "image_ids: must be a non-empty list"},
		{"POST", "/api/classified-images/bulk-update/", `{"image_ids":[1],"updates":{"notes":"x"}}`, "Invalid fields: ['notes']", "updates: Invalid fields: ['notes']"},
		{"DELETE", "/api/me/", "", "Missing required field: password", "password: is required"},
	} {
		var b *body
		if c.body != "" {
			b = object(c.body)
		}
		r := s.send(c.method, c.path, boss.Access, b).want(400).refusal()
		if r.Error != c.says || r.Message != c.says || !strings.Contains(strings.Join(r.Errors, "\n"), c.errors) {
			t.Errorf("%s %s says %q and %q", c.method, c.path, r.Error, r.Errors)
		}
	}
}

// TestUnreadableRequests: what is no HTTP is refused in the envelope, as the
// sender's fault, and readable to a browser.
func TestUnreadableRequests(t *testing.T) {
	s := newSite(t, nil)
	const origin = "Host: x\r\nOrigin: http://localhost:8100\r\n"
	long := func(n int) string { return "X-Long: " + strings.Repeat("a", n) + "\r\n" }
	for name, c := range map[string]struct {
		sent   string
		status int
		allows string // Access-Control-Allow-Origin
	}{
		"a word":                {"GARBAGE\r\n\r\n", 400, "*"},
		"a length that is none": {"POST /api/login/ HTTP/1.1\r\n" + origin + "Content-Length: abc\r\n\r\n", 400, "*"},
		"a negative length":     {"POST /api/login/ HTTP/1.1\r\n" + origin + "Content-Length: -5\r\n\r\n", 400, "*"},
		"a head of 20 KB":       {"GET / HTTP/1.1\r\n" + origin + long(20_000) + "\r\n", 431, "*"},
		"a head of 7 KB":        {"GET / HTTP/1.1\r\n" + origin + long(7_000) + "Connection: close\r\n\r\n", 200, "http://localhost:8100"},
		"chunks without a size": {"POST /api/login/ HTTP/1.1\r\n" + origin + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "http://localhost:8100"},
		"half a chunk's size":   {"POST /api/login/ HTTP/1.1\r\n" + origin + "Transfer-Encoding: chunked\r\n\r\n5;x\nabc", 400, "http://localhost:8100"},
		"a form in such chunks": {"POST /api/predict/ HTTP/1.1\r\n" + origin + "Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "http://localhost:8100"},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.raw(t, c.sent)
			if got.StatusCode != c.status || got.Header.Get("Access-Control-Allow-Origin") != c.allows {
				t.Errorf("%d for %q", got.StatusCode, got.Header.Get("Access-Control-Allow-Origin"))
			}
			if got.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Error("no security headers")
			}
			text, err := io.ReadAll(got.Body)
			if err != nil {
				t.Fatal(err)
			}
			if c.status != 200 {
				(&answer{t: t, what: name, status: got.StatusCode, header: got.Header, body: text}).refusal()
			}
		})
	}
	s.send("GET", "/api/health/", "", nil).want(200)
}

// raw sends bytes and reads one answer.
func (s *site) raw(t *testing.T, sent string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, sent); err != nil {
		t.Fatal(err)
	}
	got, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
