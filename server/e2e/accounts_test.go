package e2e_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestDefaultLimits: the program as it comes lets four registrations and ten
// logins a minute from one address through, and stops before the fortieth.
func TestDefaultLimits(t *testing.T) {
	t.Parallel()
	s := start(t, "RATE_LIMIT=on")
	for _, c := range []struct {
		path string
		body func(i int) map[string]string
		pass int
	}{
		{"/api/register/", func(i int) map[string]string {
			return map[string]string{"firstName": "Lito", "lastName": "Reyes", "email": fmt.Sprintf("lito%d@farm.example", i), "password": "Carabao2026", "address": "An orchard"}
		}, 4},
		{"/api/login/", func(int) map[string]string {
			return map[string]string{"email": "lito0@farm.example", "password": "Carabao2026"}
		}, 10},
	} {
		stopped := 0
		for i := range 40 {
			a := s.must("POST", c.path, strings.NewReader(text(t, c.body(i))), "Content-Type", "application/json", "Origin", "http://localhost")
			switch {
			case a.status == 200:
			case a.status == 429 && i >= c.pass:
				stopped++
				if a.header.Get("Retry-After") == "" || a.header.Get("Access-Control-Allow-Origin") == "" {
					t.Errorf("%s: a 429 without Retry-After or CORS headers", c.path)
				}
			default:
				t.Fatalf("%s: request %d gets %d: %s", c.path, i+1, a.status, a.body)
			}
		}
		if stopped == 0 {
			t.Errorf("%s: forty passed", c.path)
		}
	}
}

// TestDisabledAtOnce: an account that is disabled on the command line is out
// with the next request, of the running server.
func TestDisabledAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	c := grown(t, s)
	c.ask("GET", "/api/me/", nil, 200)
	users := command(t, []string{"DATA_DIR=" + s.data}, "user", "list")
	name, _ := at(c.ask("GET", "/api/me/", nil, 200).json, "data", "username").(string)
	if users.code != 0 || name == "" {
		t.Fatalf("user list: %d %s", users.code, users.errOut)
	}
	if r := command(t, []string{"DATA_DIR=" + s.data}, "user", "disable", name); r.code != 0 {
		t.Fatalf("user disable: %d %s", r.code, r.errOut)
	}
	c.ask("GET", "/api/me/", nil, 401)
	refresh := c.refresh
	stranger := &client{server: s}
	stranger.ask("POST", "/api/auth/refresh/", map[string]string{"refresh": refresh}, 401)
	stranger.ask("POST", "/api/login/", map[string]string{"email": "lito@farm.example", "password": "Carabao2026"}, 401)
	if r := command(t, []string{"DATA_DIR=" + s.data}, "user", "enable", name); r.code != 0 {
		t.Fatalf("user enable: %d %s", r.code, r.errOut)
	}
	if r := typed(t, s.data, "Tamaraw2026\n", "user", "password", name, "--password-stdin"); r.code != 0 {
		t.Fatalf("user password: %d %s", r.code, r.errOut)
	}
	c.ask("GET", "/api/me/", nil, 401) // a new password ends what came before
	stranger.ask("POST", "/api/login/", map[string]string{"email": "lito@farm.example", "password": "Tamaraw2026"}, 200)
}
