package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"mangosense/preprocess/photos"
)

// outcome is what a page posts when it is through.
type outcome struct {
	Steps  []string `json:"steps"`
	Failed string   `json:"failed"`
	Saved  float64  `json:"saved"`
}

// TestBrowser runs what the clients do in a real browser, in pages of their own
// origins: preflights, headers and errors have to satisfy the browser, not a
// test's idea of one.
func TestBrowser(t *testing.T) {
	t.Parallel()
	browser := needBrowser(t)
	s := start(t, "MODELS_DIR="+lenient(t), "RATE_LIMIT=on", "LOGIN_RATE=0", "REFRESH_RATE=0", "PREDICT_RATE=0", "REGISTER_RATE=20",
		"RUNNING=1", "QUEUE=0", "ANSWER_CACHE=0")
	boss(t, s)
	for _, c := range []struct{ name, role, origin string }{
		{"mobile app on Android", "mobile", "http://localhost"},
		{"mobile app in development", "mobile", "http://localhost:8100"},
		{"web admin", "admin", "http://localhost:4200"},
		{"strange page", "stranger", "http://orchard.example"},
		{"impatient app", "impatient", "http://localhost:8101"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := visit(t, browser, s.url, c.role, c.origin)
			if got.Failed != "" {
				t.Errorf("after %d steps: %s", len(got.Steps), got.Failed)
			}
			t.Logf("%d steps", len(got.Steps))
		})
	}
	if n := len(exported(t, s.data)); n != 1 {
		t.Errorf("%d records are left of two saved and one deleted", n)
	}
}

// needBrowser is a Chromium, or the test is skipped: `make browser` installs
// one and runs this test.
func needBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no chromium on this machine: make browser installs one")
	return ""
}

// visit opens a page of that origin, whose server is this test, and waits for
// what it posts.
func visit(t *testing.T, browser, url, role, origin string) outcome {
	t.Helper()
	script, err := os.ReadFile(filepath.Join("testdata", "clients.js"))
	if err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(map[string]string{"api": url + "/api", "role": role, "password": adminPassword})
	if err != nil {
		t.Fatal(err)
	}
	posted, reached := make(chan outcome, 1), make(chan string, 1000)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><title>client</title><body><script>const config = %s;</script><script src=\"/clients.js\"></script>", config)
	})
	mux.HandleFunc("GET /clients.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Write(script)
	})
	mux.HandleFunc("GET /photo.jpg", func(w http.ResponseWriter, _ *http.Request) { w.Write(photos.JPEG(1600, 1200)) })
	mux.HandleFunc("GET /slow.png", func(w http.ResponseWriter, _ *http.Request) { w.Write(photos.PNG(4000, 3000)) })
	mux.HandleFunc("POST /outcome", func(_ http.ResponseWriter, r *http.Request) {
		var got outcome
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			got.Failed = err.Error()
		}
		posted <- got
	})
	mux.HandleFunc("POST /step", func(_ http.ResponseWriter, r *http.Request) {
		name, _ := io.ReadAll(r.Body)
		reached <- string(name)
	})
	page := httptest.NewServer(mux)
	defer page.Close()
	host, port, err := net.SplitHostPort(origin[len("http://"):])
	if err != nil {
		host, port = origin[len("http://"):], "80"
	}
	// The browser is told that the origin's host and port are this test's.
	cmd := exec.Command(browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--user-data-dir="+t.TempDir(), "--host-resolver-rules=MAP "+net.JoinHostPort(host, port)+" "+page.Listener.Addr().String(),
		origin+"/")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	defer func() { cmd.Process.Kill(); <-ended }()
	late := time.After(2 * time.Minute)
	for last := "none"; ; {
		select {
		case got := <-posted:
			return got
		case last = <-reached:
		case <-ended:
			t.Fatalf("the browser ended by itself after step %q:\n%.2000s", last, log.String())
		case <-late:
			t.Fatalf("the page did not finish; its last step was %q", last)
		}
	}
}
