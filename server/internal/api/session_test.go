package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

// page is what a page of the server sends along with a request.
func (s *site) page() map[string]string {
	return map[string]string{kit.PageHeader: "1", "Origin": s.url}
}

// open logs in for the pages and gives their cookie.
func (s *site) open(email string) string {
	s.t.Helper()
	b := object(map[string]string{"email": email, "password": password})
	b.header = s.page()
	a := s.send("POST", "/api/session/", "", b).want(200)
	cookie, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
	if err != nil {
		s.t.Fatal(err)
	}
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Domain != "" || cookie.MaxAge <= 0 {
		s.t.Errorf("the cookie is %s", a.header.Get("Set-Cookie"))
	}
	if strings.Contains(string(a.body), cookie.Value) {
		s.t.Error("the body has the cookie's token in it, where scripts read it")
	}
	return cookie.Name + "=" + cookie.Value
}

// by makes an empty request with a cookie and what else is given.
func (s *site) by(method, path, cookie string, header map[string]string) *answer {
	s.t.Helper()
	b := object("{}")
	b.header = map[string]string{"Cookie": cookie}
	for k, v := range header {
		b.header[k] = v
	}
	return s.send(method, path, "", b)
}

func TestSession(t *testing.T) {
	s := newSite(t, nil)
	s.join("lito@farm.example")
	boss := s.admin()
	s.send("GET", "/api/session/", "", nil).want(200).has(map[string]string{"data.user": "null"})
	cookie := s.open("lito@farm.example")
	s.by("GET", "/api/session/", cookie, nil).want(200).has(map[string]string{"data.user.email": `"lito@farm.example"`, "data.user.is_superuser": "false"})
	s.by("GET", "/api/history/", cookie, nil).want(200)
	s.by("GET", "/api/users/", cookie, nil).want(403) // an administrator's
	s.by("GET", "/api/users/", s.open(adminEmail), nil).want(200)
	_ = boss

	// The cookie's token is good in its place alone, and so are the others.
	_, token, _ := strings.Cut(cookie, "=")
	s.send("GET", "/api/history/", token, nil).want(401)
	s.by("GET", "/api/history/", "mango="+boss.Access, nil).want(401)
	s.by("GET", "/api/history/", "mango="+boss.Refresh, nil).want(401)
	// A token that is sent counts, whatever the cookie says.
	s.by("GET", "/api/history/", cookie, map[string]string{"Authorization": "Bearer bad"}).want(401)
	s.by("GET", "/api/history/", cookie, map[string]string{"Authorization": "Token null"}).want(401)

	end := s.by("DELETE", "/api/session/", cookie, s.page()).want(200)
	if got := end.header.Get("Set-Cookie"); !strings.Contains(got, "mango=;") || !strings.Contains(got, "Max-Age=0") {
		t.Errorf("the cookie stays: %q", got)
	}
	s.by("GET", "/api/history/", cookie, nil).want(401)
	s.by("GET", "/api/session/", cookie, nil).want(200).has(map[string]string{"data.user": "null"})
	s.by("DELETE", "/api/session/", cookie, s.page()).want(200) // again
}

// TestSessionFromElsewhere: each thing that shows that no page of the server
// asked refuses what would change something, by the cookie and for it.
func TestSessionFromElsewhere(t *testing.T) {
	s := newSite(t, nil)
	s.join("lito@farm.example")
	cookie := s.open("lito@farm.example")
	other := strings.Replace(s.url, "127.0.0.1:", "127.0.0.1:1", 1)
	for name, header := range map[string]map[string]string{
		"nothing":             {},
		"no header":           {"Origin": s.url},
		"no origin":           {kit.PageHeader: "1"},
		"another origin":      {kit.PageHeader: "1", "Origin": "https://evil.example"},
		"the same, near":      {kit.PageHeader: "1", "Origin": other},
		"another scheme":      {kit.PageHeader: "1", "Origin": strings.Replace(s.url, "http:", "https:", 1)},
		"no origin at all":    {kit.PageHeader: "1", "Origin": "null"},
		"another port's page": {kit.PageHeader: "1", "Origin": s.url, "Sec-Fetch-Site": "same-site"},
		"another site's page": {kit.PageHeader: "1", "Origin": s.url, "Sec-Fetch-Site": "cross-site"},
		"typed address":       {kit.PageHeader: "1", "Sec-Fetch-Site": "none"},
	} {
		for _, route := range []string{"POST /api/save-confirmation/", "POST /api/me/password/", "DELETE /api/me/", "POST /api/logout/",
			"POST /api/predict/", "POST /api/predict/tree/", "POST /api/session/", "DELETE /api/session/"} {
			method, path, _ := strings.Cut(route, " ")
			if got := s.by(method, path, cookie, header); got.status != 403 {
				t.Errorf("%s: %s answers %d, want 403", name, route, got.status)
			}
		}
	}
	for _, header := range []map[string]string{s.page(), {kit.PageHeader: "1", "Sec-Fetch-Site": "same-origin"}} {
		s.by("POST", "/api/save-confirmation/", cookie, header).want(400)
	}
	// Reading: a page of another site is nobody.
	s.by("GET", "/api/history/", cookie, map[string]string{"Sec-Fetch-Site": "cross-site"}).want(401)
	s.by("GET", "/api/history/", cookie, map[string]string{"Sec-Fetch-Site": "same-origin"}).want(200)
}

// TestSessionEnds: what ends tokens ends cookies too.
func TestSessionEnds(t *testing.T) {
	ctx := context.Background()
	for name, end := range map[string]func(s *site, who account, cookie string){
		"disabled": func(s *site, who account, _ string) {
			for _, off := range []bool{true, false} {
				if _, err := s.store.ChangeUser(ctx, mango.System, who.id, mango.UserChange{Disabled: &off}); err != nil {
					s.t.Fatal(err)
				}
			}
		},
		"deleted": func(s *site, who account, _ string) {
			if err := s.store.DeleteUser(ctx, mango.System, who.id); err != nil {
				s.t.Fatal(err)
			}
		},
		"new password": func(s *site, who account, _ string) {
			s.send("POST", "/api/me/password/", who.Access, object(map[string]string{"old_password": password, "new_password": "Mangga2027"})).want(200)
		},
		"logout": func(s *site, _ account, cookie string) { s.by("POST", "/api/logout/", cookie, s.page()).want(200) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, nil)
			who := s.join("lito@farm.example")
			cookie := s.open("lito@farm.example")
			s.by("GET", "/api/history/", cookie, nil).want(200)
			end(s, who, cookie)
			s.by("GET", "/api/history/", cookie, nil).want(401)
		})
	}
}

// TestSessionPassword: a new password from a page ends all others and goes on
// with a new cookie.
func TestSessionPassword(t *testing.T) {
	s := newSite(t, nil)
	s.join("lito@farm.example")
	cookie := s.open("lito@farm.example")
	b := object(map[string]string{"old_password": password, "new_password": "Mangga2027"})
	b.header = s.page()
	b.header["Cookie"] = cookie
	a := s.send("POST", "/api/me/password/", "", b).want(200)
	fresh, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	s.by("GET", "/api/history/", cookie, nil).want(401)
	s.by("GET", "/api/history/", fresh.Name+"="+fresh.Value, nil).want(200)
}
