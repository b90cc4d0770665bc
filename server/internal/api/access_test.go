package api_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/auth"
	"mangosense/server/internal/mango"
)

// levels is section 4 of the contract, and what has come beside it, written
// down a second time: who may call what. A route that is not here fails the
// test, and so does a line without its route.
var levels = map[string]string{
	"GET /": "open", "GET /health": "open", "GET /livez": "open", "GET /readyz": "open", "GET /metrics": "open",
	"GET /api": "open", "GET /api/health": "open", "GET /api/openapi.json": "open", "GET /api/docs": "open",

	"GET /admin": "open", "GET /assets/{path:*}": "open", "GET /worker.js": "open", "GET /manifest.webmanifest": "open",
	"GET /api/session": "open", "POST /api/session": "open", "DELETE /api/session": "open", // the last two: from the server's own pages
	"POST /api/register": "open", "POST /api/login": "open", "POST /api/auth/login": "open", "POST /api/auth/refresh": "open",
	"POST /api/logout": "user",
	"GET /api/me":      "user", "DELETE /api/me": "user", "GET /api/me/export": "user", "POST /api/me/password": "user",

	"POST /api/predict": "guest", "POST /api/predict/tree": "user", "GET /api/test-model": "admin",
	"GET /api/history": "user", "GET /api/symptoms": "user", "GET /api/advice": "open", "POST /api/save-confirmation": "user",
	"GET /api/disease-locations/all": "open", "GET /api/disease-locations/similar": "open",
	"GET /api/media/{path:*}": "media", "GET /media/{path:*}": "media",

	"GET /v2": "open", "GET /v2/health/live": "open", "GET /v2/health/ready": "open",
	"GET /v2/models/{model}": "user", "GET /v2/models/{model}/versions/{version}": "user",
	"GET /v2/models/{model}/ready": "user", "GET /v2/models/{model}/versions/{version}/ready": "user",
	"POST /v2/models/{model}/infer": "user", "POST /v2/models/{model}/versions/{version}/infer": "user",

	"GET /api/disease-statistics": "admin", "GET /api/disease-trends": "admin",
	"GET /api/classified-images": "admin", "POST /api/classified-images/bulk-update": "admin",
	"GET /api/classified-images/{id}": "admin", "PUT /api/classified-images/{id}": "admin", "DELETE /api/classified-images/{id}": "admin",
	"GET /api/classified-images/{id}/prediction-details": "admin", "POST /api/classified-images/{id}/store-prediction": "admin",
	"POST /api/upload-image": "admin", "GET /api/export-dataset": "admin",
	"GET /api/user-confirmations": "admin", "GET /api/confirmation-statistics": "admin", "GET /api/export-confirmations": "admin",
	"GET /api/notifications": "admin", "GET /api/notifications/{id}": "admin", "DELETE /api/notifications/{id}": "admin",
	"PATCH /api/notifications/{id}/mark-read": "admin", "PATCH /api/notifications/mark-all-read": "admin",
	"POST /api/notifications/delete-selected": "admin",
	"GET /api/users": "admin", "GET /api/users/statistics": "admin", "GET /api/users/{id}": "admin", "PUT /api/users/{id}": "admin",
	"GET /api/users/{id}/images": "admin",
	"GET /api/model-settings":    "admin", "POST /api/model-settings/update": "admin",
	"GET /api/training-data/{id}": "admin", "PATCH /api/training-data/{id}": "admin", "GET /api/training-data/summary": "admin",
	"POST /api/training-data/bulk-approve": "admin", "POST /api/training-data/bulk-import": "admin",
	"POST /api/retrain": "admin", "GET /api/retrain/status": "admin", "GET /api/retrain/dataset-info": "admin",
	"POST /api/retrain/extract-symptoms": "admin", "GET /api/retrain/extract-symptoms/status": "admin", "GET /api/retrain/symptoms-ready": "admin",
	"POST /api/retrain/preprocess": "admin", "GET /api/retrain/preprocess/status": "admin", "GET /api/retrain/preprocess/ready": "admin",
	"GET /api/admin/overview": "admin", "GET /api/admin/live": "admin", "GET /api/admin/review": "admin", "POST /api/admin/review/delete": "admin",
	"GET /api/admin/review/{id}/photo": "admin", "GET /api/admin/review/{id}/thumbnail": "admin", "GET /api/admin/review/{id}/heatmap": "admin",
	"GET /api/admin/models": "admin", "GET /api/admin/storage": "admin", "POST /api/admin/storage/backup": "admin", "POST /api/admin/storage/verify": "admin",
	"GET /api/admin/settings": "admin", "GET /api/admin/support": "admin",
	"PUT /api/admin/advice": "admin", "DELETE /api/admin/advice": "admin",
	"GET /api/admin/symptoms": "admin", "POST /api/admin/symptoms": "admin",
	"GET /api/admin/symptoms/{id}": "admin", "PUT /api/admin/symptoms/{id}": "admin", "DELETE /api/admin/symptoms/{id}": "admin",
	"GET /api/admin/aliases": "admin", "POST /api/admin/aliases": "admin",
	"GET /api/admin/aliases/{id}": "admin", "PUT /api/admin/aliases/{id}": "admin", "DELETE /api/admin/aliases/{id}": "admin",
	"GET /api/admin/diseases": "admin", "POST /api/admin/diseases": "admin",
	"GET /api/admin/diseases/{id}": "admin", "PUT /api/admin/diseases/{id}": "admin", "DELETE /api/admin/diseases/{id}": "admin",
	"GET /api/admin/disease-symptoms": "admin", "POST /api/admin/disease-symptoms": "admin",
	"GET /api/admin/disease-symptoms/{id}": "admin", "PUT /api/admin/disease-symptoms/{id}": "admin", "DELETE /api/admin/disease-symptoms/{id}": "admin",
}

// callers are who may come. owner is the user whose record and photo the paths
// name.
var callers = []string{"no token", "unknown scheme", "damaged token", "unsigned token", "another server's token", "expired token", "refresh token", "disabled user", "deleted user", "other user", "owner", "admin"}

// refused is the status that each caller must get of a route; 0: let in, that
// is, neither 401 nor 403, whatever else is wrong with the empty request.
func refused(level, caller string) int {
	known := caller == "other user" || caller == "owner" || caller == "admin"
	switch {
	case level == "open":
		return 0
	case level == "media":
		if caller == "owner" || caller == "admin" {
			return 0
		}
		return 403
	case level == "guest" && caller == "no token": // a preview; see TestAnonymous
		return 0
	case !known:
		return 401
	case level == "admin" && caller != "admin":
		return 403
	}
	return 0
}

func TestAccess(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	owner := s.Join("owner@farm.example")
	r := s.Record(owner)
	tokens := tokens(s, boss, owner)
	rows, requests := map[string]bool{}, 0
	for method, paths := range api.Served(s.Server) {
		for _, path := range paths {
			if method == "HEAD" {
				method = "GET" // as which it is let in
			}
			if levels[method+" "+path] == "" {
				t.Errorf("the router serves %s %s, which has no line in this test", method, path)
			}
		}
	}
	for _, row := range api.Rows(s.Server) {
		name := row.Method + " " + row.Path
		rows[name] = true
		level, ok := levels[name]
		if !ok {
			t.Errorf("%s has no line in this test: who may call it?", name)
			continue
		}
		path := strings.NewReplacer("{path:*}", r.Media, "{model}", "leaf-mobilenetv2", "{version}", "1.0.0").Replace(row.Path)
		for _, caller := range callers {
			want := refused(level, caller)
			// An id that does not exist is refused as early as one that does.
			path := strings.ReplaceAll(path, "{id}", "999999")
			if want == 0 && (row.Method == "DELETE" && level == "user" || strings.HasSuffix(name, "/logout")) {
				continue // would end the caller; has its own test
			}
			for _, slash := range []string{"", "/"} {
				if path == "/" && slash == "/" {
					continue
				}
				got := as(s, row.Method, path+slash, caller, tokens)
				requests++
				if row.Method == "GET" && slash == "" {
					head := as(s, "HEAD", path+slash, caller, tokens)
					requests++
					if head.Status != got.Status {
						t.Errorf("%s%s: %s gets %d, and %d for HEAD", name, slash, caller, got.Status, head.Status)
					}
				}
				if want != 0 && got.Status != want {
					t.Errorf("%s%s: %s gets %d, want %d", name, slash, caller, got.Status, want)
				}
				if want == 0 && (got.Status == 401 || got.Status == 403) && !isLogin(name) {
					t.Errorf("%s%s: %s gets %d, but may call it", name, slash, caller, got.Status)
				}
				if got.Status >= 500 && got.Status != 501 {
					t.Errorf("%s%s: %s gets %d: %.200s", name, slash, caller, got.Status, got.Body)
				}
				if want != 0 {
					got.Refusal()
				}
				if want == 401 && got.Header.Get("WWW-Authenticate") != `Bearer realm="api"` {
					t.Errorf("%s: 401 without a challenge", name)
				}
			}
		}
	}
	t.Logf("%d requests: %d routes, both forms of each path, by %d callers", requests, len(rows), len(callers))
	for name := range levels {
		if !rows[name] {
			t.Errorf("%s is in this test's table, but there is no such route", name)
		}
	}
}

func isLogin(name string) bool {
	return name == "POST /api/session" || name == "DELETE /api/session" || name == "POST /api/login" || name == "POST /api/auth/login" || name == "POST /api/auth/refresh"
}

// tokens are each caller's.
func tokens(s *apitest.Site, boss, owner apitest.Account) map[string]string {
	s.T.Helper()
	ctx := context.Background()
	disabled, deleted, other := s.Join("disabled@farm.example"), s.Join("deleted@farm.example"), s.Join("other@farm.example")
	if _, err := s.Store.ChangeUser(ctx, mango.System, disabled.ID, mango.UserChange{Disabled: new(true)}); err != nil {
		s.T.Fatal(err)
	}
	if err := s.Store.DeleteUser(ctx, mango.System, deleted.ID); err != nil {
		s.T.Fatal(err)
	}
	yesterday, err := auth.New(auth.Config{
		Users: s.Store, Sessions: s.Store, Secret: []byte(strings.Repeat("s", 32)),
		AccessLife: time.Hour, AdminAccessLife: time.Hour, RefreshLife: time.Hour,
		Now: func() time.Time { return time.Now().Add(-24 * time.Hour) },
	})
	if err != nil {
		s.T.Fatal(err)
	}
	old, _, err := yesterday.Login(ctx, "owner@farm.example", apitest.Password)
	if err != nil {
		s.T.Fatal(err)
	}
	stranger, err := auth.New(auth.Config{
		Users: s.Store, Sessions: s.Store, Secret: []byte(strings.Repeat("x", 32)),
		AccessLife: time.Hour, AdminAccessLife: time.Hour, RefreshLife: time.Hour,
	})
	if err != nil {
		s.T.Fatal(err)
	}
	forged, _, err := stranger.Login(ctx, "owner@farm.example", apitest.Password)
	if err != nil {
		s.T.Fatal(err)
	}
	_, claims, _ := strings.Cut(boss.Access, ".")
	claims, _, _ = strings.Cut(claims, ".")
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + claims + "."
	damaged := []byte(boss.Access)
	damaged[len(damaged)/2] ^= 1
	return map[string]string{
		"damaged token": string(damaged), "unsigned token": unsigned, "another server's token": forged.Access, "expired token": old.Access, "refresh token": owner.Refresh, "disabled user": disabled.Access,
		"deleted user": deleted.Access, "other user": other.Access, "owner": owner.Access, "admin": boss.Access,
	}
}

// as makes an empty request as a caller.
func as(s *apitest.Site, method, path, caller string, tokens map[string]string) *apitest.Answer {
	s.T.Helper()
	b := &apitest.Body{ContentType: "application/json"}
	if caller == "unknown scheme" {
		b.Header = map[string]string{"Authorization": "Token null"}
	}
	return s.Send(method, path, tokens[caller], b)
}

// TestStoreRefusesToo: a handler that forgot to look at the actor would still
// show nothing.
func TestStoreRefusesToo(t *testing.T) {
	s := apitest.New(t, nil)
	owner, other := s.Join("owner@farm.example"), s.Join("other@farm.example")
	r := s.Record(owner)
	ctx := context.Background()
	by := mango.Actor{User: other.ID, Admin: true} // a lie: the account is none
	for name, call := range map[string]func() error{
		"record":        func() error { _, err := s.Store.Record(ctx, by, r.ID); return err },
		"photo":         func() error { return s.Store.MayPhoto(ctx, by, r.Media) },
		"user":          func() error { _, err := s.Store.User(ctx, by, owner.ID); return err },
		"users":         func() error { _, err := s.Store.PageUsers(ctx, by, mango.UserFilter{}, mango.Page{}); return err },
		"delete record": func() error { return s.Store.DeleteRecords(ctx, by, []uint64{r.ID}) },
		"delete user":   func() error { return s.Store.DeleteUser(ctx, by, owner.ID) },
		"disable user": func() error {
			_, err := s.Store.ChangeUser(ctx, by, owner.ID, mango.UserChange{Disabled: new(true)})
			return err
		},
		"statistics":    func() error { _, err := s.Store.Statistics(ctx, by); return err },
		"notifications": func() error { _, _, err := s.Store.PageNotifications(ctx, by, mango.Page{}); return err },
		"confirmations": func() error {
			_, err := s.Store.PageConfirmations(ctx, by, mango.ConfirmationFilter{}, mango.Page{})
			return err
		},
		"settings": func() error { return s.Store.SetModel(ctx, by, mango.Leaf, "x.tflite") },
		"words":    func() error { return s.Store.PutSymptom(ctx, by, &mango.SymptomEntry{Key: "x", Part: mango.Leaf}) },
	} {
		if code := mango.CodeOf(call()); code != mango.NotFound && code != mango.Forbidden {
			t.Errorf("%s: code %s, want %s or %s", name, code, mango.NotFound, mango.Forbidden)
		}
	}
}
