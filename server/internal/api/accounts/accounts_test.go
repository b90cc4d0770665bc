package accounts_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

// registration is what the mobile app sends.
func registration() map[string]any {
	return map[string]any{"firstName": "Lito", "lastName": "Reyes", "email": "Lito@Farm.example ", "password": apitest.Password,
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
	s := apitest.New(t, nil)
	var joined, in loggedIn
	s.Send("POST", "/api/register/", "", apitest.Object(registration())).Want(200).Read(&joined)
	if !joined.Success || joined.Message != "Account created successfully! You may now log in" || joined.UserID == 0 || joined.UserID != joined.User.ID ||
		joined.User.Email != "lito@farm.example" || joined.User.FullName != "Lito Reyes" || joined.User.FirstName != "Lito" || joined.User.LastName != "Reyes" {
		t.Errorf("register: %+v", joined)
	}
	s.Send("GET", "/api/me/", joined.Access, nil).Want(200)
	s.Send("POST", "/api/login/", "", apitest.Object(map[string]string{"email": "LITO@farm.example", "password": apitest.Password})).Want(200).Read(&in)
	if !in.Success || in.Message != "Login successful." || in.User.ID != joined.UserID {
		t.Errorf("login: %+v", in)
	}
	for range 2 { // the phone keeps its first refresh token for ever
		var again loggedIn
		s.Send("POST", "/api/auth/refresh/", "", apitest.Object(map[string]string{"refresh": in.Refresh})).Want(200).Read(&again)
		s.Send("GET", "/api/me/", again.Access, nil).Want(200)
	}
	var out loggedIn
	s.Send("POST", "/api/logout/", in.Access, nil).Want(200).Read(&out)
	if !out.Success || out.Message != "Logout successful." {
		t.Errorf("logout: %+v", out)
	}
	s.Send("GET", "/api/me/", in.Access, nil).Want(401)
	s.Send("POST", "/api/auth/refresh/", "", apitest.Object(map[string]string{"refresh": in.Refresh})).Want(401)
	s.Send("GET", "/api/me/", joined.Access, nil).Want(200) // another session
}

func TestAdminLogin(t *testing.T) {
	s := apitest.New(t, nil)
	boss, lito := s.Admin(), s.Join("lito@farm.example")
	var in loggedIn
	s.Send("POST", "/api/auth/login/", "", apitest.Object(map[string]string{"username": boss.Name, "password": apitest.Password})).Want(200).Read(&in)
	if !in.Success || in.Access == "" || in.Refresh == "" || in.User.Username != boss.Name || !in.User.Superuser || in.User.Email != apitest.AdminEmail {
		t.Errorf("admin login: %+v", in)
	}
	for _, c := range []struct {
		name   string
		body   any
		status int
		says   string
	}{
		{"no administrator", map[string]string{"username": lito.Name, "password": apitest.Password}, 403, "Access denied. Admin privileges required."},
		{"wrong password", map[string]string{"username": boss.Name, "password": "x"}, 401, "Invalid credentials"},
		{"unknown", map[string]string{"username": "nobody", "password": apitest.Password}, 401, "Invalid credentials"},
		{"missing", map[string]string{"username": boss.Name}, 400, "Username and password are required"},
		{"no JSON", "{", 400, "Invalid JSON data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.In(t)
			if r := s.Send("POST", "/api/auth/login/", "", apitest.Object(c.body)).Want(c.status).Refusal(); r.Error != c.says {
				t.Errorf("says %q, want %q", r.Error, c.says)
			}
		})
	}
}

func TestRefusedAccounts(t *testing.T) {
	s := apitest.New(t, nil)
	s.Join("taken@farm.example")
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
		{"login: unknown", "login", map[string]string{"email": "nobody@farm.example", "password": apitest.Password}, 401, "Invalid email or password."},
		{"login: wrong", "login", map[string]string{"email": "taken@farm.example", "password": "x"}, 401, "Invalid email or password."},
		{"refresh: missing", "auth/refresh", "{}", 400, "Refresh token is required"},
		{"refresh: no JSON", "auth/refresh", "", 400, "Invalid JSON data"},
		{"refresh: nonsense", "auth/refresh", map[string]string{"refresh": "null"}, 401, "Invalid refresh token"},
		{"refresh: number", "auth/refresh", map[string]int{"refresh": 1}, 400, "refresh: must be text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.In(t)
			r := s.Send("POST", "/api/"+c.path+"/", "", apitest.Object(c.body)).Want(c.status).Refusal()
			if !slices.Contains(r.Errors, c.says) {
				t.Errorf("says %q, want %q among them", r.Errors, c.says)
			}
		})
	}
	if page, err := s.Store.PageUsers(context.Background(), mango.System, mango.UserFilter{}, mango.Page{}); err != nil || page.Total != 1 {
		t.Errorf("%d accounts, %v: a refused registration left something", page.Total, err)
	}
}

// TestHostileJSON: sizes that no client sends are refused before anything is
// built from them.
func TestHostileJSON(t *testing.T) {
	s := apitest.New(t, nil)
	var keys strings.Builder
	for i := range 10_000 {
		keys.WriteString(`"k` + apitest.ID(uint64(i)) + `":1,`)
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
			s := s.In(t)
			s.Send("POST", "/api/login/", "", apitest.Object(c.body)).Want(c.status).Refusal()
		})
	}
	s.Send("GET", "/api/health/", "", nil).Want(200)
}

// TestAnonymous: a preview needs no account when there is no Authorization
// header at all; anything else does, and the option ends it.
func TestAnonymous(t *testing.T) {
	s := apitest.New(t, nil)
	preview := map[string]string{"preview_only": "true"}
	s.Send("POST", "/api/predict/", "", apitest.Form(t, preview, apitest.Photo(t))).Want(200)
	s.Send("POST", "/api/predict/", "", apitest.Form(t, nil, apitest.Photo(t))).Want(401).Refusal()
	s.Send("POST", "/api/predict/", "expired", apitest.Form(t, preview, apitest.Photo(t))).Want(401).Refusal()
	b := apitest.Form(t, preview, apitest.Photo(t))
	b.Header = map[string]string{"Authorization": "Token null"}
	s.Send("POST", "/api/predict/", "", b).Want(401)
	if n, err := s.Store.CountRecords(context.Background()); err != nil || n != 0 {
		t.Errorf("%d records of nobody, %v", n, err)
	}

	closed := apitest.New(t, apitest.NoGuests)
	closed.Send("POST", "/api/predict/", "", apitest.Form(t, preview, apitest.Photo(t))).Want(401)
	closed.Send("POST", "/api/predict/", closed.Join("a@farm.example").Access, apitest.Form(t, preview, apitest.Photo(t))).Want(200)
}

// TestTokenTrouble: what the predecessor says of a bad token, beside our own.
func TestTokenTrouble(t *testing.T) {
	s := apitest.New(t, nil)
	if r := s.Send("GET", "/api/me/", "bad", nil).Want(401).Refusal(); r.Code != "token_not_valid" {
		t.Errorf("code %q", r.Code)
	}
	if r := s.Send("GET", "/api/me/", "", nil).Want(401).Refusal(); r.Code != "" || r.Detail != "Authentication credentials were not provided." {
		t.Errorf("without a token: %+v", r)
	}
}

// TestErrorsReachBrowsers: an error without these headers is "no connection"
// to an app on another origin.
func TestErrorsReachBrowsers(t *testing.T) {
	s := apitest.New(t, nil)
	for _, path := range []string{"/api/me/", "/api/media/mango_images/x.jpg", "/api/none/", "/api/users/"} {
		req, err := http.NewRequest("GET", s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", "http://localhost")
		got := s.Do(req)
		if got.Status < 400 || got.Header.Get("Access-Control-Allow-Origin") != "http://localhost" {
			t.Errorf("%s: %d without CORS headers", path, got.Status)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store"} {
			if got.Header.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, got.Header.Get(name))
			}
		}
	}
}
