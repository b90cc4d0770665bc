package e2e_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestStartLog says the address, the models with their sizes, and how the
// memory is shared out.
func TestStartLog(t *testing.T) {
	t.Parallel()
	s := start(t, "MEMORY_LIMIT=400MB")
	for _, want := range []string{
		`msg=memory total=400MB from=MEMORY_LIMIT decode=100MB upload=38400KB go=\d+`,
		`msg=model id=leaf-mobilenetv2 .*file=leaf-mobilenetv2.tflite megabytes=\d\.\d\d classes=8 interpreters=4 delegate=XNNPACK`,
		`msg=model id=fruit-mobilenetv2 .*classes=5`,
		`msg=serving address=127\.0\.0\.1:\d+ start=`,
	} {
		if !regexp.MustCompile(want).MatchString(s.logged()) {
			t.Errorf("the start log lacks %s:\n%s", want, s.logged())
		}
	}
	if strings.Contains(s.logged(), "CORS_ALLOW_ALL_ORIGINS") {
		t.Errorf("a warning that nobody asked for:\n%s", s.logged())
	}
}

// TestPredecessorsVariables: what the Django program's environment held works
// on, spelled as Python spells it.
func TestPredecessorsVariables(t *testing.T) {
	t.Parallel()
	s := start(t, "DEBUG=True", "ALLOWED_HOSTS=farm.example,.orchard.example", "CORS_ALLOW_ALL_ORIGINS=True",
		"SECRET_KEY=django-insecure-0123456789abcdefghijklmnopqrstuvwxyz", "CORS_ORIGINS=", "LOG_FORMAT=")
	host := func(path, name string) answer {
		req, err := http.NewRequest("GET", s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = name
		req.Header.Set("Origin", "https://anywhere.example")
		a, err := s.do(req)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for name, status := range map[string]int{"farm.example": 200, "FARM.example:8000": 200, "a.orchard.example": 200, "orchard.example": 200, "evil.example": 400, "notorchard.example": 400} {
		a := host("/api/health/", name)
		if a.status != status {
			t.Errorf("Host %s: %d %s, want %d", name, a.status, a.body, status)
		}
		if a.header.Get("Access-Control-Allow-Origin") != "https://anywhere.example" || a.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("Host %s: CORS headers %v", name, a.header)
		}
	}
	// The platform's own probe knows no name of ours.
	if a := host("/health/", "healthcheck.example"); a.status != http.StatusOK {
		t.Errorf("a probe under a strange name: %d %s", a.status, a.body)
	}
	if log := s.logged(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, "CORS_ALLOW_ALL_ORIGINS") {
		t.Errorf("no warning of CORS_ALLOW_ALL_ORIGINS:\n%s", log)
	}
}
