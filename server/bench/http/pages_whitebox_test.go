package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestRun asks a stand-in for a server: each page with the right token, each
// login counted.
func TestRun(t *testing.T) {
	var logins, pages atomic.Int64
	var wrong atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := map[string]string{"/api/auth/login/": "boss", "/api/login/": "grower"}[r.URL.Path]
		if token != "" {
			logins.Add(1)
			_ = json.NewEncoder(w).Encode(map[string]string{"access": token})
			return
		}
		want := "Bearer boss"
		if r.URL.Path == "/api/history/" {
			want = "Bearer grower"
		}
		if got := r.Header.Get("Authorization"); got != want {
			wrong.Store(r.URL.Path + " with " + got)
		}
		pages.Add(1)
		_, _ = w.Write([]byte("{}"))
	}))
	defer server.Close()
	var cpu time.Duration
	r, err := Run(context.Background(), Config{
		URL: server.URL, AdminName: "boss", GrowerMail: "g0@farm.example", Password: "x", Records: 1000, Reads: 5, Logins: 3,
		CPU: func() time.Duration { cpu += time.Millisecond; return cpu }, Yardstick: func() time.Duration { return 10 * time.Millisecond },
	})
	if err != nil {
		t.Fatal(err)
	}
	if bad := wrong.Load(); bad != nil {
		t.Error(bad)
	}
	if logins.Load() != 5 || r.Login.Median != time.Millisecond || r.Login.Yardstick != 10*time.Millisecond {
		t.Errorf("%d logins, %+v", logins.Load(), r.Login)
	}
	if len(r.Pages) < 15 || pages.Load() == 0 {
		t.Fatalf("%d pages, %d requests", len(r.Pages), pages.Load())
	}
	var out strings.Builder
	if err := Table(&out, r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| gallery, first page |", "| history of a grower |", "Over 5 ms: ", "0.10 of the predecessor's"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
}

// TestRunRefused: a server that refuses ends the measurement with its words.
func TestRunRefused(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "too many", http.StatusTooManyRequests)
	}))
	defer server.Close()
	_, err := Run(context.Background(), Config{URL: server.URL, CPU: func() time.Duration { return 0 }, Yardstick: func() time.Duration { return 0 }})
	if err == nil || !strings.Contains(err.Error(), "429") {
		t.Errorf("error %v", err)
	}
}
