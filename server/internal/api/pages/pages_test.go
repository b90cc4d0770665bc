package pages_test

import (
	"html"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
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

func pagesSite(t *testing.T) *apitest.Site {
	return apitest.New(t, func(c *api.Config) { c.Pages = builtPages })
}

// fetch asks for a path as it is, with headers in pairs.
func fetch(s *apitest.Site, path string, header ...string) *apitest.Answer {
	s.T.Helper()
	req, err := http.NewRequest("GET", s.URL+path, nil)
	if err != nil {
		s.T.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "identity")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return s.Do(req)
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
		a := fetch(s, "/", "Accept", accept).Want(200)
		kind := a.Header.Get("Content-Type")
		if got := strings.HasPrefix(kind, "text/html"); got != page {
			t.Errorf("Accept %.40q gets %s", accept, kind)
		}
		if !strings.Contains(a.Header.Get("Vary"), "Accept") {
			t.Errorf("Accept %.40q: Vary is %q: a cache would give one the other's", accept, a.Header.Get("Vary"))
		}
	}
	if a := fetch(apitest.New(t, nil), "/", "Accept", "text/html").Want(200); a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("without pages a browser gets %s", a.Header.Get("Content-Type"))
	}
}

func TestPageFiles(t *testing.T) {
	s := pagesSite(t)
	page := fetch(s, "/", "Accept", "text/html").Want(200)
	for _, word := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(page.Header.Get("Content-Security-Policy"), word) {
			t.Errorf("the policy lacks %s", word)
		}
	}
	if strings.Contains(page.Header.Get("Content-Security-Policy"), "unsafe") || page.Header.Get("Permissions-Policy") == "" || page.Header.Get("Referrer-Policy") == "" {
		t.Errorf("headers of the page: %v", page.Header)
	}
	if got := page.Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("the page's Cache-Control is %q", got)
	}
	if got := fetch(s, "/assets/growers-1a.js").Want(200).Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("an asset's Cache-Control is %q", got)
	}
	for _, path := range []string{"/assets/", "/assets/nothing.js", "/assets/secret.txt", "/assets/.keep", "/assets/../growers.html", "/assets/%2e%2e/admin.html", "/assets/growers-1a.js.br", "/admin/x"} {
		fetch(s, path).Want(404)
	}
	for coding, want := range map[string]string{
		"br": "br", "gzip, deflate, br": "br", "gzip": "gzip", "br;q=0, gzip": "gzip", "identity": "", "zstd": "", "": "",
	} {
		a := fetch(s, "/", "Accept", "text/html", "Accept-Encoding", coding).Want(200)
		if got := a.Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q is answered with %q", coding, got)
		}
		tag := a.Header.Get("ETag")
		if again := fetch(s, "/", "Accept", "text/html", "Accept-Encoding", coding, "If-None-Match", tag); again.Status != 304 || len(again.Body) != 0 {
			t.Errorf("Accept-Encoding %q: a page that has not changed answers %d", coding, again.Status)
		}
		if other := fetch(s, "/", "Accept", "text/html", "Accept-Encoding", "deflate", "If-None-Match", `"0123"`); other.Status != 200 {
			t.Errorf("another tag answers %d", other.Status)
		}
	}
	head, err := s.Client.Head(s.URL + "/admin/")
	if err != nil {
		t.Fatal(err)
	}
	defer head.Body.Close()
	if b, _ := io.ReadAll(head.Body); head.StatusCode != 200 || head.ContentLength != int64(len(builtPages["admin.html"].Data)) || len(b) != 0 {
		t.Errorf("HEAD /admin/ answers %d, %d bytes, and sends %d", head.StatusCode, head.ContentLength, len(b))
	}
}

// TestTiles: a page that knows of tiles comes with a policy that lets their host
// in, and no other; without the option neither is there.
func TestTiles(t *testing.T) {
	const tiles = "https://tiles.example.org:8443/{z}/{x}/{y}.png?a=1&b=2"
	shell := []byte(`<!doctype html><title>page</title><meta name="tiles" content=""><p>` + strings.Repeat("compress me ", 50))
	for _, tiles := range []string{"", tiles} {
		s := apitest.New(t, func(c *api.Config) {
			c.Tiles = tiles
			c.Pages = fstest.MapFS{"growers.html": {Data: shell}, "growers.html.br": {Data: []byte("of the build")}, "admin.html": {Data: shell}, "worker.js": {Data: []byte("self")}}
		})
		for _, path := range []string{"/", "/admin/"} {
			page := fetch(s, path, "Accept", "text/html").Want(200)
			policy := page.Header.Get("Content-Security-Policy")
			images := regexp.MustCompile(`img-src ([^;]*);`).FindStringSubmatch(policy)
			want := "'self' blob:"
			if tiles != "" {
				want += " https://tiles.example.org:8443"
			}
			if images == nil || images[1] != want || strings.Count(policy, "https:") > 1 {
				t.Errorf("%s with tiles %q has the policy %s", path, tiles, policy)
			}
			if got := strings.Contains(string(page.Body), `content="`+html.EscapeString(tiles)+`"`); !got || strings.Contains(string(page.Body), `content=""`) != (tiles == "") {
				t.Errorf("%s with tiles %q is %s", path, tiles, page.Body)
			}
			if vary := page.Header.Get("Vary"); !strings.Contains(vary, "Accept-Encoding") || path == "/" && !strings.Contains(vary, "Accept,") {
				t.Errorf("%s: Vary is %q", path, vary)
			}
			if tag := page.Header.Get("ETag"); fetch(s, path, "Accept", "text/html", "If-None-Match", tag).Status != 304 {
				t.Errorf("%s with tiles %q is sent again", path, tiles)
			}
		}
		if coded := fetch(s, "/", "Accept", "text/html", "Accept-Encoding", "br"); (string(coded.Body) == "of the build") != (tiles == "") || coded.Header.Get("Content-Encoding") != "br" {
			t.Errorf("with tiles %q the compressed page is %q", tiles, coded.Body)
		}
	}
}
