package api_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
)

// open sends the head of a request and some of its body, and leaves it so.
func openBody(s *apitest.Site, method, path, kind string, length int, body []byte) net.Conn {
	s.T.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { conn.Close() })
	if _, err := fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", method, path, kind, length); err != nil {
		s.T.Fatal(err)
	}
	if _, err := conn.Write(body); err != nil {
		s.T.Fatal(err)
	}
	return conn
}

func held(s *apitest.Site) int64 { n, _ := s.Server.Memory(); return n }

func ended(s *apitest.Site) int64 { _, n := s.Server.Memory(); return n }

// TestEveryBodyIsCounted: whatever kind a body is of, what has arrived of it is
// in the budget, at most four times as much and some steps, and is given back
// when its sender goes.
func TestEveryBodyIsCounted(t *testing.T) {
	const sent = 100 << 10
	fields := "--edge\r\nContent-Disposition: form-data; name=\"user_feedback\"\r\n\r\n" + strings.Repeat("x", sent)
	photo := "--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n" + strings.Repeat("x", sent)
	for _, c := range []struct{ name, method, path, kind, body string }{
		{"a photo", "POST", "/api/predict/", "multipart/form-data; boundary=edge", photo},
		{"fields of a form", "POST", "/api/predict/", "multipart/form-data; boundary=edge", fields},
		{"a form without a file", "POST", "/api/predict/", "application/x-www-form-urlencoded", "a=" + strings.Repeat("x", sent)},
		{"JSON", "POST", "/api/login/", "application/json", `{"email":"` + strings.Repeat("x", sent)},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := apitest.New(t, nil)
			conn := openBody(s, c.method, c.path, c.kind, 250<<10, []byte(c.body))
			until(t, "the body is counted", func() bool { return held(s) >= sent })
			if held := held(s); held > 4*sent+128<<10 {
				t.Errorf("%d bytes are counted as %d", sent, held)
			}
			conn.Close()
			until(t, "the memory is given back", func() bool { return held(s) == 0 })
		})
	}
}

// TestSilentSendersLeave: connections that have sent a burst and fall silent
// hold the whole budget; a photo that comes then is answered, because one of
// them has to go.
func TestSilentSendersLeave(t *testing.T) {
	const photo = 1 << 20
	s := apitest.New(t, func(c *api.Config) {
		c.MaxPhotoBytes, c.UploadMemory = photo, 4<<20
		c.StallTimeout, c.UploadTimeout = time.Minute, 2*time.Minute
	})
	burst := append([]byte("--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n"), make([]byte, photo-100<<10)...)
	for range 4 {
		openBody(s, "POST", "/api/predict/", "multipart/form-data; boundary=edge", photo+200<<10, burst)
	}
	until(t, "three bursts are held", func() bool { return held(s) > 3*(photo-100<<10) })
	whole := string(burst[:800<<10]) + "\r\n--edge\r\nContent-Disposition: form-data; name=\"preview_only\"\r\n\r\ntrue\r\n--edge--\r\n"
	res, err := s.Client.Post(s.URL+"/api/predict/", "multipart/form-data; boundary=edge", strings.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	said, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusBadRequest { // it came in, and is no photo
		t.Errorf("%d %s", res.StatusCode, said)
	}
	if ended(s) == 0 {
		t.Error("nobody had to go")
	}
}

// TestEndedSenderIsTold: whoever had to go for others gets 503, a sentence and
// the time after which to come again.
func TestEndedSenderIsTold(t *testing.T) {
	const photo = 1 << 20
	s := apitest.New(t, func(c *api.Config) {
		c.MaxPhotoBytes, c.UploadMemory = photo, photo+photo/4
		c.StallTimeout, c.UploadTimeout = time.Minute, 2*time.Minute
	})
	burst := append([]byte("--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n"), make([]byte, photo-50<<10)...)
	silent := openBody(s, "POST", "/api/predict/", "multipart/form-data; boundary=edge", photo+200<<10, burst)
	until(t, "the burst is held", func() bool { return held(s) > photo-100<<10 })
	openBody(s, "POST", "/api/predict/", "multipart/form-data; boundary=edge", photo+200<<10, burst)
	silent.SetReadDeadline(time.Now().Add(20 * time.Second))
	answer := make([]byte, 4096)
	n, err := silent.Read(answer)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(answer[:n]); !strings.HasPrefix(got, "HTTP/1.1 503") || !strings.Contains(got, "Retry-After") {
		t.Errorf("the answer is %q", got)
	}
}

// TestBurstBuysNoSilence: after a burst a sender that falls below the least
// rate is ended within the stall time, though nobody waits.
func TestBurstBuysNoSilence(t *testing.T) {
	s := apitest.New(t, func(c *api.Config) { c.StallTimeout, c.UploadTimeout = time.Second, time.Minute })
	burst := append([]byte("--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n"), make([]byte, 2<<20)...)
	conn := openBody(s, "POST", "/api/predict/", "multipart/form-data; boundary=edge", 9<<20, burst)
	start := time.Now()
	go func() {
		for {
			if _, err := conn.Write([]byte("x")); err != nil {
				return
			}
			time.Sleep(200 * time.Millisecond)
		}
	}()
	conn.SetReadDeadline(start.Add(15 * time.Second))
	answer := make([]byte, 4096)
	n, err := conn.Read(answer)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(answer[:n]), "HTTP/1.1 408") {
		t.Errorf("the answer is %q", answer[:n])
	}
}

// TestFieldsAreBounded: many fields, each short enough, are too much together.
func TestFieldsAreBounded(t *testing.T) {
	s := apitest.New(t, nil)
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, "--edge\r\nContent-Disposition: form-data; name=\"f%d\"\r\n\r\n%s\r\n", i, strings.Repeat("x", 20<<10))
	}
	b.WriteString("--edge--\r\n")
	pairs := strings.Repeat("a&", 100_000)
	for kind, body := range map[string]string{"multipart/form-data; boundary=edge": b.String(), "application/x-www-form-urlencoded": pairs} {
		res, err := s.Client.Post(s.URL+"/api/predict/", kind, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", kind, res.StatusCode)
		}
	}
}
