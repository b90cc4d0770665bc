package reference_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/openapi"
)

func TestReferenceIsServed(t *testing.T) {
	s := apitest.New(t, nil)
	got := s.Send("GET", "/api/openapi.json", "", nil).Want(200)
	if !json.Valid(got.Body) || !bytes.Equal(got.Body, openapi.Document()) {
		t.Error("openapi.json is not the document")
	}
	for _, path := range []string{"/api/docs", "/api/docs/"} {
		page := s.Send("GET", path, "", nil).Want(200)
		if page.Header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(page.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: headers are %v", path, page.Header)
		}
	}
	for path, most := range map[string]int64{"/api/docs/": 40_000, "/api/openapi.json": 30_000} {
		for coding, want := range map[string]string{"gzip": "gzip", "br, gzip;q=0.5": "gzip", "gzip;q=0": "", "identity": "", "br": ""} {
			req, err := http.NewRequest("GET", s.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Accept-Encoding", coding)
			resp, err := s.Client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if got := resp.Header.Get("Content-Encoding"); err != nil || got != want || want != "" && int64(len(text)) > most {
				t.Errorf("%s to %q: %q, %d bytes, %v", path, coding, got, len(text), err)
			}
			if strings.Contains(resp.Header.Get("Content-Security-Policy"), "unsafe") {
				t.Errorf("%s: %s", path, resp.Header.Get("Content-Security-Policy"))
			}
		}
	}
	head, err := http.Head(s.URL + "/api/docs/")
	if err != nil {
		t.Fatal(err)
	}
	defer head.Body.Close()
	if rest, _ := io.ReadAll(head.Body); head.StatusCode != 200 || len(rest) != 0 {
		t.Errorf("HEAD answers %d with %d bytes", head.StatusCode, len(rest))
	}
}
