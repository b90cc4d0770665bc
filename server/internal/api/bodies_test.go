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
	"mangosense/server/internal/api/apitest"
)

// TestTextBodiesAreCounted: a text on its way in holds memory that is counted
// with the photos', on every kind of route, and gives it back.
func TestTextBodiesAreCounted(t *testing.T) {
	s := apitest.New(t, nil)
	u := s.Join("lito@farm.example")
	for _, c := range []struct{ path, kind string }{
		{"/api/login/", "application/json"}, {"/api/save-confirmation/", "application/json"},
		{"/api/predict/", "application/x-www-form-urlencoded"}, {"/v2/models/leaf-mobilenetv2/infer", "application/json"},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		const whole, sent = 200 << 10, 150 << 10
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", c.path, u.Access, c.kind, whole)
		if _, err := io.WriteString(conn, strings.Repeat("x", sent)); err != nil {
			t.Fatal(err)
		}
		until(t, c.path+": memory is held", func() bool { return held(s) >= sent })
		conn.Close()
		until(t, c.path+": memory is given back", func() bool { return held(s) == 0 })
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
	s := apitest.New(t, func(c *api.Config) { c.MaxPhotoBytes, c.UploadMemory = 3<<20/2, 12<<20 })
	u, boss := s.Join("lito@farm.example"), s.Admin()
	large := make([]byte, 8<<20)
	s.Reject(t, u.Access, map[string]apitest.Rejected{
		"a photo":   {Method: "POST", Path: "/api/predict/", Body: apitest.Form(t, nil, large[:2<<20]), Status: 413, Names: "Image size must be less than 1.5MB"},
		"a tree":    {Method: "POST", Path: "/api/predict/tree/", Body: apitest.Form(t, nil, large), Status: 413, Names: "less than 6MB together"},
		"a tensor":  {Method: "POST", Path: apitest.ModelPath + "/infer", Body: &apitest.Body{ContentType: "image/jpeg", Bytes: large}, Status: 413, Names: "Image size must be less than 1.5MB"},
		"JSON":      {Method: "POST", Path: "/api/login/", Body: apitest.Object(`{"email":"` + strings.Repeat("x", 300<<10) + `"}`), Status: 413, Names: "less than 256KB"},
		"v2's JSON": {Method: "POST", Path: apitest.ModelPath + "/infer", Body: apitest.Object(`{"x":"` + strings.Repeat("x", 300<<10) + `"}`), Status: 413, Names: "less than 256KB"},
	})
	s.Reject(t, boss.Access, map[string]apitest.Rejected{
		"an import": {Method: "POST", Path: "/api/training-data/bulk-import/", Body: apitest.Form(t, nil, large), Status: 413, Names: "less than 6MB together"},
	})
	wide := apitest.New(t, func(c *api.Config) { c.MaxPhotoBytes = 20 << 20 })
	wide.Reject(t, wide.Admin().Access, map[string]apitest.Rejected{
		"an expert's photo": {Method: "POST", Path: "/api/upload-image/", Body: apitest.Form(t, nil, large[:6<<20]), Status: 400, Names: "Image size must be less than 5MB"},
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
			s := apitest.New(t, func(cfg *api.Config) { cfg.MetricsAccess, cfg.MetricsToken = c.access, c.token })
			req, err := http.NewRequest("GET", s.URL+"/metrics", nil)
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
				req.Header.Set("Authorization", "Bearer "+s.Join("lito@farm.example").Access)
			case "admin":
				req.Header.Set("Authorization", "Bearer "+s.Admin().Access)
			}
			s.Do(req).Want(c.status)
		})
	}
}
