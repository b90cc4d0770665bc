package e2e_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"mangosense/preprocess/photos"
)

// halfSent is the start of an upload that announces length bytes and sends sent.
func halfSent(t *testing.T, s *server, length, sent int) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_, err = fmt.Fprintf(conn, "POST /api/predict/ HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n"+
		"--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"i.jpg\"\r\n\r\n%s", length, strings.Repeat("x", sent))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestTricklingSender: who sends a byte now and then is never silent, and ended
// all the same.
func TestTricklingSender(t *testing.T) {
	t.Parallel()
	s := start(t, "STALL_TIMEOUT=1s")
	conn := halfSent(t, s, 100_000, 100)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
				if _, err := io.WriteString(conn, "x"); err != nil {
					return
				}
			}
		}
	}()
	conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	head := make([]byte, 12)
	if _, err := io.ReadFull(conn, head); err != nil || string(head) != "HTTP/1.1 408" {
		t.Errorf("reply %q, error %v; want 408", head, err)
	}
}

// TestUploadMemoryIsBounded: uploads that have sent a burst and are silent fill
// the memory that is set aside for them; a newcomer is let in, because one of
// them has to go, and no more is ever held than the bound and what the eldest may
// need.
func TestUploadMemoryIsBounded(t *testing.T) {
	t.Parallel()
	s := start(t, "UPLOAD_MEMORY=10MB")
	var silent []net.Conn
	for range 3 {
		silent = append(silent, halfSent(t, s, 9<<20, 3<<20-1000))
	}
	waitFor(t, "the uploads are held", func() bool { return s.metric("mangosense_upload_bytes") >= 8<<20 })
	photo := photos.JPEG(640, 480)
	if a := s.predict(photo); a.status != http.StatusOK {
		t.Errorf("beside uploads that hold all memory: %d %s", a.status, a.body)
	}
	if held := s.metric("mangosense_upload_bytes"); held > 10<<20+11<<20 {
		t.Errorf("%.0f bytes are held: more than the bound and what the eldest may need", held)
	}
	if s.metric("mangosense_requests_evicted") == 0 {
		t.Error("nobody had to go")
	}
	for _, c := range silent {
		c.Close()
	}
	waitFor(t, "their memory is back", func() bool { return s.metric("mangosense_upload_bytes") == 0 })
}

// TestOddForms: forms that are no forms are the sender's fault, and said so.
func TestOddForms(t *testing.T) {
	t.Parallel()
	s := start(t)
	image := "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"i.jpg\"\r\n\r\n" + string(photos.JPEG(64, 48)) + "\r\n"
	field := "--b\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nv\r\n"
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"10,000 parts":          {strings.Repeat(field, 10_000) + image + "--b--\r\n", 400},
		"a part header of 1 MB": {"--b\r\nX-Junk: " + strings.Repeat("j", 1<<20) + "\r\n\r\nv\r\n" + image + "--b--\r\n", 400},
		"no end":                {image, 400},
		"nothing":               {"", 400},
		"two photos":            {image + image + "--b--\r\n", 400},
		"an empty photo":        {"--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"i.jpg\"\r\n\r\n\r\n--b--\r\n", 400},
		"another boundary":      {strings.ReplaceAll(image+"--b--\r\n", "--b", "--c"), 400},
		"boundary and a blank":  {strings.Replace(image, "--b\r\n", "--b \r\n", 1) + "--b\r\nContent-Disposition: form-data; name=\"preview_only\"\r\n\r\ntrue\r\n--b--\r\n", 200},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.must("POST", "/api/predict/", bytes.NewReader([]byte(c.body)), "Content-Type", "multipart/form-data; boundary=b")
			if a.status != c.status || c.status != 200 && a.json["success"] != false {
				t.Errorf("answered %d %.300s; want %d", a.status, a.body, c.status)
			}
		})
	}
}
