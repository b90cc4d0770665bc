package api_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"mangosense/server/internal/mango"
)

// registration is what the mobile app sends.
func registration() map[string]any {
	return map[string]any{"firstName": "Lito", "lastName": "Reyes", "email": "Lito@Farm.example ", "password": password,
		"province": "Guimaras", "city": "Jordan", "barangay": "Hoskyn"}
}

type loggedIn struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
	UserID  uint64 `json:"user_id"`
	Access  string `json:"access"`
	Refresh string `json:"refresh"`
	User    struct {
		ID        uint64 `json:"id"`
		Email     string `json:"email"`
		FirstName string `json:"firstName"`
		LastName  string `json:"lastName"`
		FullName  string `json:"full_name"`
		Username  string `json:"username"`
		Superuser bool   `json:"is_superuser"`
	} `json:"user"`
}

// TestJourney is what a phone does: register, log in, refresh, log out.
func TestJourney(t *testing.T) {
	s := newSite(t, nil)
	var joined, in loggedIn
	s.send("POST", "/api/register/", "", object(registration())).want(200).read(&joined)
	if !joined.Success || joined.Message != "Account created successfully! You may now log in" || joined.UserID == 0 || joined.UserID != joined.User.ID ||
		joined.User.Email != "lito@farm.example" || joined.User.FullName != "Lito Reyes" || joined.User.FirstName != "Lito" || joined.User.LastName != "Reyes" {
		t.Errorf("register: %+v", joined)
	}
	s.send("GET", "/api/me/", joined.Access, nil).want(200)
	s.send("POST", "/api/login/", "", object(map[string]string{"email": "LITO@farm.example", "password": password})).want(200).read(&in)
	if !in.Success || in.Message != "Login successful." || in.User.ID != joined.UserID {
		t.Errorf("login: %+v", in)
	}
	for range 2 { // the phone keeps its first refresh token for ever
		var again loggedIn
		s.send("POST", "/api/auth/refresh/", "", object(map[string]string{"refresh": in.Refresh})).want(200).read(&again)
		s.send("GET", "/api/me/", again.Access, nil).want(200)
	}
	var out loggedIn
	s.send("POST", "/api/logout/", in.Access, nil).want(200).read(&out)
	if !out.Success || out.Message != "Logout successful." {
		t.Errorf("logout: %+v", out)
	}
	s.send("GET", "/api/me/", in.Access, nil).want(401)
	s.send("POST", "/api/auth/refresh/", "", object(map[string]string{"refresh": in.Refresh})).want(401)
	s.send("GET", "/api/me/", joined.Access, nil).want(200) // another session
}

func TestAdminLogin(t *testing.T) {
	s := newSite(t, nil)
	boss, lito := s.admin(), s.join("lito@farm.example")
	var in loggedIn
	s.send("POST", "/api/auth/login/", "", object(map[string]string{"username": boss.name, "password": password})).want(200).read(&in)
	if !in.Success || in.Access == "" || in.Refresh == "" || in.User.Username != boss.name || !in.User.Superuser || in.User.Email != adminEmail {
		t.Errorf("admin login: %+v", in)
	}
	for _, c := range []struct {
		name   string
		body   any
		status int
		says   string
	}{
		{"no administrator", map[string]string{"username": lito.name, "password": password}, 403, "Access denied. Admin privileges required."},
		{"wrong password", map[string]string{"username": boss.name, "password": "x"}, 401, "Invalid credentials"},
		{"unknown", map[string]string{"username": "nobody", "password": password}, 401, "Invalid credentials"},
		{"missing", map[string]string{"username": boss.name}, 400, "Username and password are required"},
		{"no JSON", "{", 400, "Invalid JSON data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			if r := s.send("POST", "/api/auth/login/", "", object(c.body)).want(c.status).refusal(); r.Error != c.says {
				t.Errorf("says %q, want %q", r.Error, c.says)
			}
		})
	}
}

func TestRefusedAccounts(t *testing.T) {
	s := newSite(t, nil)
	s.join("taken@farm.example")
	change := func(key string, value any) map[string]any {
		r := registration()
		if value == nil {
			delete(r, key)
		} else {
			r[key] = value
		}
		return r
	}
	for _, c := range []struct {
		name, path string
		body       any
		status     int
		says       string // one of errors
	}{
		{"register: no JSON", "register", "nonsense", 400, "Invalid data format."},
		{"register: a list", "register", "[]", 400, "Invalid data format."},
		{"register: null", "register", "null", 400, "Invalid data format."},
		{"register: broken UTF-8", "register", "{\"firstName\":\"\xff\xfe\"}", 400, "Invalid data format."},
		{"register: two objects", "register", "{}{}", 400, "Invalid data format."},
		{"register: empty", "register", "{}", 400, "All required fields must be provided."},
		{"register: no barangay", "register", change("barangay", nil), 400, "All required fields must be provided."},
		{"register: nothing is named", "register", "{}", 400, "Email is required."},
		{"register: the place is named", "register", change("barangay", nil), 400, "Address is required, or province, city and barangay."},
		{"register: weak password", "register", change("password", "carabao2026"), 400, "Password must contain at least one uppercase letter."},
		{"register: other password", "register", change("confirmPassword", "x"), 400, "Passwords do not match."},
		{"register: taken", "register", change("email", "TAKEN@farm.example"), 400, "An account with this email already exists."},
		{"register: number as name", "register", change("firstName", 7), 400, "firstName: must be text"},
		{"register: object as password", "register", change("password", map[string]int{"$ne": 1}), 400, "password: must be text"},
		{"login: missing", "login", map[string]string{"email": "a@b.example"}, 400, "Email and password are required."},
		{"login: null", "login", map[string]any{"email": nil, "password": nil}, 400, "Email and password are required."},
		{"login: no JSON", "login", "email=a", 400, "Invalid data format."},
		{"login: unknown", "login", map[string]string{"email": "nobody@farm.example", "password": password}, 401, "Invalid email or password."},
		{"login: wrong", "login", map[string]string{"email": "taken@farm.example", "password": "x"}, 401, "Invalid email or password."},
		{"refresh: missing", "auth/refresh", "{}", 400, "Refresh token is required"},
		{"refresh: no JSON", "auth/refresh", "", 400, "Invalid JSON data"},
		{"refresh: nonsense", "auth/refresh", map[string]string{"refresh": "null"}, 401, "Invalid refresh token"},
		{"refresh: number", "auth/refresh", map[string]int{"refresh": 1}, 400, "refresh: must be text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			r := s.send("POST", "/api/"+c.path+"/", "", object(c.body)).want(c.status).refusal()
			if !slices.Contains(r.Errors, c.says) {
				t.Errorf("says %q, want %q among them", r.Errors, c.says)
			}
		})
	}
	if page, err := s.store.PageUsers(context.Background(), mango.System, mango.UserFilter{}, mango.Page{}); err != nil || page.Total != 1 {
		t.Errorf("%d accounts, %v: a refused registration left something", page.Total, err)
	}
}

// TestHostileJSON: sizes that no client sends are refused before anything is
// built from them.
func TestHostileJSON(t *testing.T) {
	s := newSite(t, nil)
	var keys strings.Builder
	for i := range 10_000 {
		keys.WriteString(`"k` + id(uint64(i)) + `":1,`)
	}
	for _, c := range []struct {
		name, body string
		status     int
	}{
		{"depth bomb of lists", strings.Repeat("[", 100_000), 400},
		{"depth bomb in a field", `{"email":` + strings.Repeat(`{"a":`, 50_000), 400},
		{"deep and closed", `{"email":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, 400},
		{"10,000 keys", "{" + keys.String() + `"email":"a"}`, 400},
		{"a megabyte", `{"email":"` + strings.Repeat("a", 1<<20) + `"}`, 413},
		{"huge number", `{"email":1e999999,"password":"x"}`, 400},
		{"number of 10,000 digits", `{"email":` + strings.Repeat("9", 10_000) + `}`, 400},
		{"zero character", `{"email":"a\u0000@b.example","password":"x"}`, 401},
		{"lone surrogate", `{"email":"\ud800@b.example","password":"x"}`, 401},
		{"same key twice", `{"email":"a@b.example","email":"b@b.example","password":"x"}`, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			s.send("POST", "/api/login/", "", object(c.body)).want(c.status).refusal()
		})
	}
	s.send("GET", "/api/health/", "", nil).want(200)
}

// TestAnonymous: a preview needs no account when there is no Authorization
// header at all; anything else does, and the option ends it.
func TestAnonymous(t *testing.T) {
	s := newSite(t, nil)
	preview := map[string]string{"preview_only": "true"}
	s.send("POST", "/api/predict/", "", form(t, preview, photo(t))).want(200)
	s.send("POST", "/api/predict/", "", form(t, nil, photo(t))).want(401).refusal()
	s.send("POST", "/api/predict/", "expired", form(t, preview, photo(t))).want(401).refusal()
	b := form(t, preview, photo(t))
	b.header = map[string]string{"Authorization": "Token null"}
	s.send("POST", "/api/predict/", "", b).want(401)
	if n, err := s.store.CountRecords(context.Background()); err != nil || n != 0 {
		t.Errorf("%d records of nobody, %v", n, err)
	}

	closed := newSite(t, noGuests)
	closed.send("POST", "/api/predict/", "", form(t, preview, photo(t))).want(401)
	closed.send("POST", "/api/predict/", closed.join("a@farm.example").Access, form(t, preview, photo(t))).want(200)
}

// TestTokenTrouble: what the predecessor says of a bad token, beside our own.
func TestTokenTrouble(t *testing.T) {
	s := newSite(t, nil)
	if r := s.send("GET", "/api/me/", "bad", nil).want(401).refusal(); r.Code != "token_not_valid" {
		t.Errorf("code %q", r.Code)
	}
	if r := s.send("GET", "/api/me/", "", nil).want(401).refusal(); r.Code != "" || r.Detail != "Authentication credentials were not provided." {
		t.Errorf("without a token: %+v", r)
	}
}

// TestErrorsReachBrowsers: an error without these headers is "no connection"
// to an app on another origin.
func TestErrorsReachBrowsers(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range []string{"/api/me/", "/api/media/mango_images/x.jpg", "/api/none/", "/api/users/"} {
		req, err := http.NewRequest("GET", s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", "http://localhost")
		got := s.do(req)
		if got.status < 400 || got.header.Get("Access-Control-Allow-Origin") != "http://localhost" {
			t.Errorf("%s: %d without CORS headers", path, got.status)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store"} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, got.header.Get(name))
			}
		}
	}
}
