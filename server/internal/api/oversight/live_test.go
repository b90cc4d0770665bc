package oversight_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/api/oversight"
	"mangosense/server/internal/mango"
)

// listen opens a stream of live numbers and gives its lines.
func listen(s *apitest.Site, ctx context.Context, token string) (*http.Response, *bufio.Scanner) {
	s.T.Helper()
	req, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/api/admin/live/", nil)
	if err != nil {
		s.T.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := s.Client.Do(req)
	if err != nil {
		s.T.Fatal(err)
	}
	return resp, bufio.NewScanner(resp.Body)
}

// TestLive: numbers come again and again; there are at most eight streams, a
// closed one makes room, one of an account that was disabled ends, and the drain
// ends all.
func TestLive(t *testing.T) {
	s := apitest.New(t, apitest.NewMachine().Config)
	boss := s.Admin()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	heard := func(lines *bufio.Scanner, n int) {
		t.Helper()
		for n > 0 && lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var live oversight.Live
				if err := json.Unmarshal([]byte(data), &live); err != nil || live.Places != 2 {
					t.Errorf("%v: %s", err, data)
				}
				n--
			}
		}
		if n > 0 {
			t.Errorf("the stream ended: %v", lines.Err())
		}
	}
	first, end := context.WithCancel(ctx)
	var streams []*bufio.Scanner
	for i := range 8 {
		of := ctx
		if i == 0 {
			of = first
		}
		resp, lines := listen(s, of, boss.Access)
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
			t.Fatalf("stream %d: %d %s", i, resp.StatusCode, resp.Header.Get("Content-Type"))
		}
		heard(lines, 3)
		streams = append(streams, lines)
	}
	held, _ := s.Server.Memory()
	if held < 8*32<<10 {
		t.Errorf("eight streams hold %d bytes of the budget", held)
	}
	s.Send("GET", "/api/admin/live/", boss.Access, nil).Want(503)
	end()
	for deadline := time.Now().Add(20 * time.Second); ; {
		resp, lines := listen(s, ctx, boss.Access)
		if resp.StatusCode == 200 {
			heard(lines, 1)
			streams[0] = lines
			break
		}
		_ = resp.Body.Close()
		if time.Now().After(deadline) {
			t.Fatal("a closed stream makes no room")
		}
	}
	another := &mango.User{Username: "second", Email: "second@farm.example", Admin: true}
	if _, err := s.Store.AddUser(ctx, mango.System, another); err != nil {
		t.Fatal(err)
	}
	off := true
	if _, err := s.Store.ChangeUser(ctx, mango.System, boss.ID, mango.UserChange{Disabled: &off}); err != nil {
		t.Fatal(err)
	}
	for i, lines := range streams {
		for lines.Scan() {
		}
		if err := lines.Err(); err != nil {
			t.Errorf("stream %d ends with %v", i, err)
		}
	}
}

// TestLiveDrains: a stream ends when the server is told to stop.
func TestLiveDrains(t *testing.T) {
	s := apitest.New(t, apitest.NewMachine().Config)
	boss := s.Admin()
	_, lines := listen(s, t.Context(), boss.Access)
	if !lines.Scan() {
		t.Fatal(lines.Err())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.Server.Shutdown(ctx) }()
	for lines.Scan() {
	}
	if err := lines.Err(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
