package api_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
)

// defaults are the program's own limits.
var defaults = api.Limits{Register: 6, Login: 15, Refresh: 60, Predict: 120, Preview: 30}

// TestRateLimits: what people do passes, what scripts do does not.
func TestRateLimits(t *testing.T) {
	s := apitest.New(t, func(c *api.Config) { c.Limits = defaults })
	refresh := apitest.Object(map[string]string{"refresh": "x"})
	login := apitest.Object(map[string]string{"email": "nobody@farm.example", "password": apitest.Password})
	for _, c := range []struct {
		name, path string
		body       *apitest.Body
		pass       int // so many go through
	}{
		{"register", "/api/register/", apitest.Object("{}"), 4},
		{"login", "/api/login/", login, 10},
		{"refresh", "/api/auth/refresh/", refresh, 30},
		{"preview", "/api/predict/", apitest.Form(t, map[string]string{"preview_only": "true"}, apitest.Photo(t)), 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.In(t)
			limited := 0
			for i := 0; i < 1000 && limited == 0; i++ { // on a slow machine the allowance grows meanwhile
				got := s.Send("POST", c.path, "", c.body)
				if got.Status != 429 {
					continue
				}
				if i < c.pass {
					t.Fatalf("request %d is refused already", i+1)
				}
				limited++
				if wait, err := strconv.Atoi(got.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 60 {
					t.Errorf("Retry-After %q", got.Header.Get("Retry-After"))
				}
				if r := got.Refusal(); r.ErrorCode != "RATE_LIMITED" {
					t.Errorf("code %s", r.ErrorCode)
				}
			}
			if limited == 0 {
				t.Error("nothing was refused")
			}
		})
	}
	s.Send("GET", "/api/health/", "", nil).Want(200)
}

// TestAddressBehindProxy: each client has its own allowance where the proxy is
// trusted, and cannot give itself a new one where it is not.
func TestAddressBehindProxy(t *testing.T) {
	// from sends each of the lines as a header of its own.
	from := func(s *apitest.Site, lines []string) int {
		req, err := http.NewRequest("POST", s.URL+"/api/register/", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header["X-Forwarded-For"] = lines
		return s.Do(req).Status
	}
	local := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for _, c := range []struct {
		name    string
		proxies []netip.Prefix
		header  func(i int) []string
		limited bool
	}{
		{"trusted, one client", local, func(int) []string { return []string{"203.0.113.7"} }, true},
		{"trusted, many clients", local, func(i int) []string { return []string{"203.0.113." + strconv.Itoa(i)} }, false},
		{"trusted, one client that writes the list itself", local, func(i int) []string { return []string{"203.0.113." + strconv.Itoa(i) + ", 198.51.100.1"} }, true},
		{"trusted, one client whose own line stands before the proxy's", local, func(i int) []string { return []string{"203.0.113." + strconv.Itoa(i), "198.51.100.1"} }, true},
		{"trusted, many clients with their ports", local, func(i int) []string { return []string{"203.0.113." + strconv.Itoa(i) + ":4711"} }, false},
		{"trusted, one client on many ports", local, func(i int) []string { return []string{"[2001:db8::1]:" + strconv.Itoa(4000+i)} }, true},
		{"trusted, nonsense", local, func(i int) []string { return []string{"client " + strconv.Itoa(i)} }, true},
		{"trusted, one IPv6 network", local, func(i int) []string { return []string{"2001:db8::" + strconv.Itoa(i)} }, true},
		{"trusted, one IPv6 site", local, func(i int) []string { return []string{"2001:db8:0:" + strconv.FormatInt(int64(i), 16) + "::1"} }, true},
		{"not trusted", nil, func(i int) []string { return []string{"203.0.113." + strconv.Itoa(i)} }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := apitest.New(t, func(cfg *api.Config) { cfg.Limits, cfg.TrustedProxies = api.Limits{Register: 3}, c.proxies })
			limited := false
			for i := range 10 {
				limited = limited || from(s, c.header(i+1)) == 429
			}
			if limited != c.limited {
				t.Errorf("limited %v, want %v", limited, c.limited)
			}
		})
	}
}

// TestAccountLimit: many addresses that use one session share its allowance.
// Nobody else's requests count against it: neither at a login nor when somebody
// registers.
func TestAccountLimit(t *testing.T) {
	s := apitest.New(t, func(c *api.Config) {
		c.Limits = api.Limits{Register: 3, Refresh: 3}
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	lito := s.Join("lito@farm.example")
	for path, c := range map[string]struct {
		body map[string]string
		want bool
	}{
		"/api/register/":     {map[string]string{"email": "lito@farm.example", "password": "x"}, false},
		"/api/auth/refresh/": {map[string]string{"refresh": lito.Refresh}, true},
	} {
		body, limited := c.body, false
		for i := range 5 {
			b := apitest.Object(body)
			b.Header = map[string]string{"X-Forwarded-For": "203.0.113." + strconv.Itoa(i+1)}
			got := s.Send("POST", path, "", b)
			limited = limited || (got.Status == 429 && got.Header.Get("Retry-After") != "")
		}
		if limited != c.want {
			t.Errorf("%s: five addresses that name one account are limited: %v", path, limited)
		}
	}
}

// TestTreeCountsItsPhotos: twelve photos in one request are twelve.
func TestTreeCountsItsPhotos(t *testing.T) {
	s := apitest.New(t, func(c *api.Config) { c.Limits = api.Limits{Predict: 8} })
	token := s.Join("lito@farm.example").Access
	tree := func() int {
		return s.Send("POST", "/api/predict/tree/", token, trees(t, 6)).Status
	}
	if first := tree(); first != 200 {
		t.Fatalf("%d for six photos of eight", first)
	}
	if second := tree(); second != 429 { // before any of it is looked at
		t.Errorf("the second tree of six gets %d with eight photos a minute", second)
	}
}

// trees is a form of n photos.
func trees(t *testing.T, n int) *apitest.Body {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for range n {
		part, err := w.CreateFormFile("image", "image.jpg")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(apitest.Photo(t)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &apitest.Body{ContentType: w.FormDataContentType(), Bytes: b.Bytes()}
}
