package api_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/api/apitest"
)

// TestFormWithoutFile: whoever forgets the photo is told so, whatever kind of
// form was sent; JSON stays a 415.
func TestFormWithoutFile(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	plain := func(fields string) *apitest.Body {
		return &apitest.Body{ContentType: "application/x-www-form-urlencoded", Bytes: []byte(fields)}
	}
	s.Reject(t, boss.Access, map[string]apitest.Rejected{
		"predict, fields alone":     {Method: "POST", Path: "/api/predict/", Body: plain("detection_type=leaf"), Status: 400, Names: "Image file is required"},
		"predict, nothing":          {Method: "POST", Path: "/api/predict/", Status: 400, Names: "Image file is required"},
		"predict, multipart":        {Method: "POST", Path: "/api/predict/", Body: apitest.Form(t, map[string]string{"detection_type": "leaf"}, nil), Status: 400, Names: "Image file is required"},
		"predict, JSON":             {Method: "POST", Path: "/api/predict/", Body: apitest.Object("{}"), Status: 415, Names: "multipart/form-data"},
		"predict, too many fields":  {Method: "POST", Path: "/api/predict/", Body: plain(strings.Repeat("a=b&", 1<<20)), Status: 413, Names: "too large"},
		"tree, fields alone":        {Method: "POST", Path: "/api/predict/tree/", Body: plain("detection_type=leaf"), Status: 400, Names: "Image file is required"},
		"upload, nothing":           {Method: "POST", Path: "/api/upload-image/", Status: 400, Names: "No file was submitted."},
		"bulk import, fields alone": {Method: "POST", Path: "/api/training-data/bulk-import/", Body: plain("disease_type=leaf&disease_classification=Healthy"), Status: 400, Names: "images"},
		"bulk import, no class":     {Method: "POST", Path: "/api/training-data/bulk-import/", Body: plain("disease_type=leaf"), Status: 400, Names: "disease_classification"},
	})
}

// TestSentences: what pages show of a refusal reads as a sentence, and the list
// beside it names the field.
func TestSentences(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
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
		var b *apitest.Body
		if c.body != "" {
			b = apitest.Object(c.body)
		}
		r := s.Send(c.method, c.path, boss.Access, b).Want(400).Refusal()
		if r.Error != c.says || r.Message != c.says || !strings.Contains(strings.Join(r.Errors, "\n"), c.errors) {
			t.Errorf("%s %s says %q and %q", c.method, c.path, r.Error, r.Errors)
		}
	}
}

// TestUnreadableRequests: what is no HTTP is refused in the envelope, as the
// sender's fault, and readable to a browser.
func TestUnreadableRequests(t *testing.T) {
	s := apitest.New(t, nil)
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
			got := raw(s, t, c.sent)
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
				(&apitest.Answer{T: t, What: name, Status: got.StatusCode, Header: got.Header, Body: text}).Refusal()
			}
		})
	}
	s.Send("GET", "/api/health/", "", nil).Want(200)
}

// raw sends bytes and reads one answer.
func raw(s *apitest.Site, t *testing.T, sent string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
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
