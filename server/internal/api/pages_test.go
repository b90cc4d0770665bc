package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"mangosense/server/internal/api"
)

// builtPages are as `make web` leaves them, in small.
var builtPages = fstest.MapFS{
	"growers.html":         {Data: []byte("<!doctype html><title>growers</title>")},
	"growers.html.br":      {Data: []byte("brotli of growers")},
	"growers.html.gz":      {Data: []byte("gzip of growers")},
	"admin.html":           {Data: []byte("<!doctype html><title>admin</title>")},
	"worker.js":            {Data: []byte("self")},
	"manifest.webmanifest": {Data: []byte("{}")},
	"assets/growers-1a.js": {Data: []byte("1")},
	"assets/secret.txt":    {Data: []byte("no page")},
	".keep":                {Data: []byte("no page either")},
}

func pagesSite(t *testing.T) *site {
	return newSite(t, func(c *api.Config) { c.Pages = builtPages })
}

// fetch asks for a path as it is, with headers in pairs.
func (s *site) fetch(path string, header ...string) *answer {
	s.t.Helper()
	req, err := http.NewRequest("GET", s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "identity")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return s.do(req)
}

// TestRootByAccept: browsers get the page, whoever asked for JSON before still
// gets it.
func TestRootByAccept(t *testing.T) {
	s := pagesSite(t)
	for accept, page := range map[string]bool{
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": true,
		"text/html":                   true,
		"TEXT/HTML":                   true,
		"text/html, application/json": true,
		"text/html;q=0.9, application/json;q=0.5": true,
		"":                                  false,
		"*/*":                               false,
		"application/json":                  false,
		"application/json, text/plain, */*": false,
		"application/json, text/html":       false,
		"application/json, text/html;q=0.9": false,
		"text/html;q=0, */*":                false,
		"text/html;q=x":                     false,
		"text/html;q=NaN":                   false,
		"text/htmlx":                        false,
		strings.Repeat("text/plain,", 600):  false,
	} {
		a := s.fetch("/", "Accept", accept).want(200)
		kind := a.header.Get("Content-Type")
		if got := strings.HasPrefix(kind, "text/html"); got != page {
			t.Errorf("Accept %.40q gets %s", accept, kind)
		}
		if !strings.Contains(a.header.Get("Vary"), "Accept") {
			t.Errorf("Accept %.40q: Vary is %q: a cache would give one the other's", accept, a.header.Get("Vary"))
		}
	}
	if a := newSite(t, nil).fetch("/", "Accept", "text/html").want(200); a.header.Get("Content-Type") != "application/json" {
		t.Errorf("without pages a browser gets %s", a.header.Get("Content-Type"))
	}
}

func TestPageFiles(t *testing.T) {
	s := pagesSite(t)
	page := s.fetch("/", "Accept", "text/html").want(200)
	for _, word := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(page.header.Get("Content-Security-Policy"), word) {
			t.Errorf("the policy lacks %s", word)
		}
	}
	if strings.Contains(page.header.Get("Content-Security-Policy"), "unsafe") || page.header.Get("Permissions-Policy") == "" || page.header.Get("Referrer-Policy") == "" {
		t.Errorf("headers of the page: %v", page.header)
	}
	if got := page.header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("the page's Cache-Control is %q", got)
	}
	if got := s.fetch("/assets/growers-1a.js").want(200).header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("an asset's Cache-Control is %q", got)
	}
	for _, path := range []string{"/assets/", "/assets/nothing.js", "/assets/secret.txt", "/assets/.keep", "/assets/../growers.html", "/assets/%2e%2e/admin.html", "/assets/growers-1a.js.br", "/admin/x"} {
		s.fetch(path).want(404)
	}
	for coding, want := range map[string]string{
		"br": "br", "gzip, deflate, br": "br", "gzip": "gzip", "br;q=0, gzip": "gzip", "identity": "", "zstd": "", "": "",
	} {
		a := s.fetch("/", "Accept", "text/html", "Accept-Encoding", coding).want(200)
		if got := a.header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q is answered with %q", coding, got)
		}
		tag := a.header.Get("ETag")
		if again := s.fetch("/", "Accept", "text/html", "Accept-Encoding", coding, "If-None-Match", tag); again.status != 304 || len(again.body) != 0 {
			t.Errorf("Accept-Encoding %q: a page that has not changed answers %d", coding, again.status)
		}
		if other := s.fetch("/", "Accept", "text/html", "Accept-Encoding", "deflate", "If-None-Match", `"0123"`); other.status != 200 {
			t.Errorf("another tag answers %d", other.status)
		}
	}
	head, err := s.client.Head(s.url + "/admin/")
	if err != nil {
		t.Fatal(err)
	}
	defer head.Body.Close()
	if b, _ := io.ReadAll(head.Body); head.StatusCode != 200 || head.ContentLength != int64(len(builtPages["admin.html"].Data)) || len(b) != 0 {
		t.Errorf("HEAD /admin/ answers %d, %d bytes, and sends %d", head.StatusCode, head.ContentLength, len(b))
	}
}
