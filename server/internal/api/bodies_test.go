package api_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/api"
)

// TestTextBodiesAreCounted: a text on its way in holds memory that is counted
// with the photos', on every kind of route, and gives it back.
func TestTextBodiesAreCounted(t *testing.T) {
	s := newSite(t, nil)
	u := s.join("lito@farm.example")
	for _, c := range []struct{ path, kind string }{
		{"/api/login/", "application/json"}, {"/api/save-confirmation/", "application/json"},
		{"/api/predict/", "application/x-www-form-urlencoded"}, {"/v2/models/leaf-mobilenetv2/infer", "application/json"},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		const whole, sent = 200 << 10, 150 << 10
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", c.path, u.Access, c.kind, whole)
		if _, err := io.WriteString(conn, strings.Repeat("x", sent)); err != nil {
			t.Fatal(err)
		}
		until(t, c.path+": memory is held", func() bool { return s.held() >= sent })
		conn.Close()
		until(t, c.path+": memory is given back", func() bool { return s.held() == 0 })
	}
}

// until waits for something that happens without us.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not so: %s", what)
		}
	}
}

// TestLimitsAreSaidAsTheyAre: a sentence that names a bound names the one that
// holds.
func TestLimitsAreSaidAsTheyAre(t *testing.T) {
	s := newSite(t, func(c *api.Config) { c.MaxPhotoBytes, c.UploadMemory = 3<<20/2, 12<<20 })
	u, boss := s.join("lito@farm.example"), s.admin()
	large := make([]byte, 8<<20)
	s.reject(t, u.Access, map[string]rejected{
		"a photo":   {"POST", "/api/predict/", form(t, nil, large[:2<<20]), 413, "Image size must be less than 1.5MB"},
		"a tree":    {"POST", "/api/predict/tree/", form(t, nil, large), 413, "less than 6MB together"},
		"a tensor":  {"POST", modelPath + "/infer", &body{contentType: "image/jpeg", bytes: large}, 413, "Image size must be less than 1.5MB"},
		"JSON":      {"POST", "/api/login/", object(`{"email":"` + strings.Repeat("x", 300<<10) + `"}`), 413, "less than 256KB"},
		"v2's JSON": {"POST", modelPath + "/infer", object(`{"x":"` + strings.Repeat("x", 300<<10) + `"}`), 413, "less than 256KB"},
	})
	s.reject(t, boss.Access, map[string]rejected{
		"an import": {"POST", "/api/training-data/bulk-import/", form(t, nil, large), 413, "less than 6MB together"},
	})
	wide := newSite(t, func(c *api.Config) { c.MaxPhotoBytes = 20 << 20 })
	wide.reject(t, wide.admin().Access, map[string]rejected{
		"an expert's photo": {"POST", "/api/upload-image/", form(t, nil, large[:6<<20]), 400, "Image size must be less than 5MB"},
	})
}

// TestMetricsAreTheOperators: who may read /metrics.
func TestMetricsAreTheOperators(t *testing.T) {
	const scraper = "a-token-of-the-scraper"
	for _, c := range []struct {
		access, token string
		header        map[string]string
		who           string // "", "scraper", "user", "admin"
		status        int
	}{
		{api.MetricsLocal, "", nil, "", 200},
		{api.MetricsLocal, "", map[string]string{"X-Forwarded-For": "127.0.0.1"}, "", 401},
		{api.MetricsLocal, "", map[string]string{"Forwarded": "for=127.0.0.1"}, "", 401},
		{api.MetricsLocal, "", map[string]string{"X-Real-IP": "203.0.113.7"}, "", 401},
		{api.MetricsLocal, "", map[string]string{"Via": "1.1 proxy"}, "", 401},
		{api.MetricsLocal, "", map[string]string{"Host": "farm.example"}, "", 401},
		{api.MetricsLocal, "", map[string]string{"Host": "localhost"}, "", 200},
		{api.MetricsLocal, "", map[string]string{"Host": "[::1]:8000"}, "", 200},
		{api.MetricsLocal, scraper, map[string]string{"Host": "farm.example"}, "scraper", 200},
		{api.MetricsToken, scraper, nil, "", 401},
		{api.MetricsToken, scraper, nil, "scraper", 200},
		{api.MetricsToken, "", nil, "scraper", 401},
		{api.MetricsToken, scraper, nil, "user", 403},
		{api.MetricsToken, scraper, nil, "admin", 200},
		{"", "", nil, "", 401},
		{api.MetricsOpen, "", map[string]string{"Host": "farm.example"}, "", 200},
	} {
		t.Run(fmt.Sprintf("%s %v by %q", c.access, c.header, c.who), func(t *testing.T) {
			s := newSite(t, func(cfg *api.Config) { cfg.MetricsAccess, cfg.MetricsToken = c.access, c.token })
			req, err := http.NewRequest("GET", s.url+"/metrics", nil)
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range c.header {
				req.Header.Set(k, v)
				if k == "Host" {
					req.Host = v
				}
			}
			switch c.who {
			case "scraper":
				req.Header.Set("Authorization", "Bearer "+scraper)
			case "user":
				req.Header.Set("Authorization", "Bearer "+s.join("lito@farm.example").Access)
			case "admin":
				req.Header.Set("Authorization", "Bearer "+s.admin().Access)
			}
			s.do(req).want(c.status)
		})
	}
}
