package accounts_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

// page is what a page of the server sends along with a request.
func page(s *apitest.Site) map[string]string {
	return map[string]string{kit.PageHeader: "1", "Origin": s.URL}
}

// open logs in for the pages and gives their cookie.
func open(s *apitest.Site, email string) string {
	s.T.Helper()
	b := apitest.Object(map[string]string{"email": email, "password": apitest.Password})
	b.Header = page(s)
	a := s.Send("POST", "/api/session/", "", b).Want(200)
	cookie, err := http.ParseSetCookie(a.Header.Get("Set-Cookie"))
	if err != nil {
		s.T.Fatal(err)
	}
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Domain != "" || cookie.MaxAge <= 0 {
		s.T.Errorf("the cookie is %s", a.Header.Get("Set-Cookie"))
	}
	if strings.Contains(string(a.Body), cookie.Value) {
		s.T.Error("the body has the cookie's token in it, where scripts read it")
	}
	return cookie.Name + "=" + cookie.Value
}

// by makes an empty request with a cookie and what else is given.
func by(s *apitest.Site, method, path, cookie string, header map[string]string) *apitest.Answer {
	s.T.Helper()
	b := apitest.Object("{}")
	b.Header = map[string]string{"Cookie": cookie}
	for k, v := range header {
		b.Header[k] = v
	}
	return s.Send(method, path, "", b)
}

func TestSession(t *testing.T) {
	s := apitest.New(t, nil)
	s.Join("lito@farm.example")
	boss := s.Admin()
	s.Send("GET", "/api/session/", "", nil).Want(200).Has(map[string]string{"data.user": "null"})
	cookie := open(s, "lito@farm.example")
	by(s, "GET", "/api/session/", cookie, nil).Want(200).Has(map[string]string{"data.user.email": `"lito@farm.example"`, "data.user.is_superuser": "false"})
	by(s, "GET", "/api/history/", cookie, nil).Want(200)
	by(s, "GET", "/api/users/", cookie, nil).Want(403) // an administrator's
	by(s, "GET", "/api/users/", open(s, apitest.AdminEmail), nil).Want(200)
	_ = boss

	// The cookie's token is good in its place alone, and so are the others.
	_, token, _ := strings.Cut(cookie, "=")
	s.Send("GET", "/api/history/", token, nil).Want(401)
	by(s, "GET", "/api/history/", "mango="+boss.Access, nil).Want(401)
	by(s, "GET", "/api/history/", "mango="+boss.Refresh, nil).Want(401)
	// A token that is sent counts, whatever the cookie says.
	by(s, "GET", "/api/history/", cookie, map[string]string{"Authorization": "Bearer bad"}).Want(401)
	by(s, "GET", "/api/history/", cookie, map[string]string{"Authorization": "Token null"}).Want(401)

	end := by(s, "DELETE", "/api/session/", cookie, page(s)).Want(200)
	if got := end.Header.Get("Set-Cookie"); !strings.Contains(got, "mango=;") || !strings.Contains(got, "Max-Age=0") {
		t.Errorf("the cookie stays: %q", got)
	}
	by(s, "GET", "/api/history/", cookie, nil).Want(401)
	by(s, "GET", "/api/session/", cookie, nil).Want(200).Has(map[string]string{"data.user": "null"})
	by(s, "DELETE", "/api/session/", cookie, page(s)).Want(200) // again
}

// TestSessionFromElsewhere: each thing that shows that no page of the server
// asked refuses what would change something, by the cookie and for it.
func TestSessionFromElsewhere(t *testing.T) {
	s := apitest.New(t, nil)
	s.Join("lito@farm.example")
	cookie := open(s, "lito@farm.example")
	other := strings.Replace(s.URL, "127.0.0.1:", "127.0.0.1:1", 1)
	for name, header := range map[string]map[string]string{
		"nothing":             {},
		"no header":           {"Origin": s.URL},
		"no origin":           {kit.PageHeader: "1"},
		"another origin":      {kit.PageHeader: "1", "Origin": "https://evil.example"},
		"the same, near":      {kit.PageHeader: "1", "Origin": other},
		"another scheme":      {kit.PageHeader: "1", "Origin": strings.Replace(s.URL, "http:", "https:", 1)},
		"no origin at all":    {kit.PageHeader: "1", "Origin": "null"},
		"another port's page": {kit.PageHeader: "1", "Origin": s.URL, "Sec-Fetch-Site": "same-site"},
		"another site's page": {kit.PageHeader: "1", "Origin": s.URL, "Sec-Fetch-Site": "cross-site"},
		"typed address":       {kit.PageHeader: "1", "Sec-Fetch-Site": "none"},
	} {
		for _, route := range []string{"POST /api/save-confirmation/", "POST /api/me/password/", "DELETE /api/me/", "POST /api/logout/",
			"POST /api/predict/", "POST /api/predict/tree/", "POST /api/session/", "DELETE /api/session/"} {
			method, path, _ := strings.Cut(route, " ")
			if got := by(s, method, path, cookie, header); got.Status != 403 {
				t.Errorf("%s: %s answers %d, want 403", name, route, got.Status)
			}
		}
	}
	for _, header := range []map[string]string{page(s), {kit.PageHeader: "1", "Sec-Fetch-Site": "same-origin"}} {
		by(s, "POST", "/api/save-confirmation/", cookie, header).Want(400)
	}
	// Reading: a page of another site is nobody.
	by(s, "GET", "/api/history/", cookie, map[string]string{"Sec-Fetch-Site": "cross-site"}).Want(401)
	by(s, "GET", "/api/history/", cookie, map[string]string{"Sec-Fetch-Site": "same-origin"}).Want(200)
}

// TestSessionEnds: what ends tokens ends cookies too.
func TestSessionEnds(t *testing.T) {
	ctx := context.Background()
	for name, end := range map[string]func(s *apitest.Site, who apitest.Account, cookie string){
		"disabled": func(s *apitest.Site, who apitest.Account, _ string) {
			for _, off := range []bool{true, false} {
				if _, err := s.Store.ChangeUser(ctx, mango.System, who.ID, mango.UserChange{Disabled: &off}); err != nil {
					s.T.Fatal(err)
				}
			}
		},
		"deleted": func(s *apitest.Site, who apitest.Account, _ string) {
			if err := s.Store.DeleteUser(ctx, mango.System, who.ID); err != nil {
				s.T.Fatal(err)
			}
		},
		"new password": func(s *apitest.Site, who apitest.Account, _ string) {
			s.Send("POST", "/api/me/password/", who.Access, apitest.Object(map[string]string{"old_password": apitest.Password, "new_password": "Mangga2027"})).Want(200)
		},
		"logout": func(s *apitest.Site, _ apitest.Account, cookie string) {
			by(s, "POST", "/api/logout/", cookie, page(s)).Want(200)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := apitest.New(t, nil)
			who := s.Join("lito@farm.example")
			cookie := open(s, "lito@farm.example")
			by(s, "GET", "/api/history/", cookie, nil).Want(200)
			end(s, who, cookie)
			by(s, "GET", "/api/history/", cookie, nil).Want(401)
		})
	}
}

// TestSessionPassword: a new password from a page ends all others and goes on
// with a new cookie.
func TestSessionPassword(t *testing.T) {
	s := apitest.New(t, nil)
	s.Join("lito@farm.example")
	cookie := open(s, "lito@farm.example")
	b := apitest.Object(map[string]string{"old_password": apitest.Password, "new_password": "Mangga2027"})
	b.Header = page(s)
	b.Header["Cookie"] = cookie
	a := s.Send("POST", "/api/me/password/", "", b).Want(200)
	fresh, err := http.ParseSetCookie(a.Header.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	by(s, "GET", "/api/history/", cookie, nil).Want(401)
	by(s, "GET", "/api/history/", fresh.Name+"="+fresh.Value, nil).Want(200)
}
