package api_test

import (
	"bufio"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
)

// TestRefusedBeforeTheBody: a photo that would wait too long is refused when its head
// has come. Its sender gets the answer, however much it still sends.
func TestRefusedBeforeTheBody(t *testing.T) {
	s := apitest.New(t, func(c *api.Config) { c.Patience = time.Nanosecond })
	begun, end := make(chan struct{}), make(chan struct{})
	s.Model.Wait = func() { begun <- struct{}{}; <-end }
	answered := make(chan *apitest.Answer, 1)
	pic := apitest.Photo(t)
	go func() {
		answered <- s.Send("POST", "/api/predict/", "", apitest.Form(t, map[string]string{"preview_only": "true"}, pic))
	}()
	<-begun
	for name, c := range map[string]struct {
		path, kind string
		length     int
		closes     bool // the connection, after the answer
		status     int
	}{
		"a photo":         {"/api/predict/", "multipart/form-data; boundary=edge", 3 << 20, true, 503},
		"a stranger's":    {"/api/upload-image", "multipart/form-data; boundary=edge", 3 << 20, true, 401},
		"a few kilobytes": {"/api/predict/", "multipart/form-data; boundary=edge", 10 << 10, false, 503},
		"64 KB":           {"/api/predict/", "multipart/form-data; boundary=edge", 64 << 10, false, 503},
		"some more":       {"/api/predict/", "multipart/form-data; boundary=edge", 80 << 10, true, 503},
	} {
		t.Run(name, func(t *testing.T) {
			conn := openBody(s, "POST", c.path, c.kind, c.length, nil)
			if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			sent := 8 << 10 // the HTTP library reads as much before anybody is asked
			if !c.closes {  // a small body is taken in first
				sent = c.length
			}
			if _, err := conn.Write(make([]byte, sent)); err != nil {
				t.Fatal(err)
			}
			in := bufio.NewReader(conn)
			res, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			retry, err := strconv.Atoi(res.Header.Get("Retry-After"))
			if res.StatusCode != c.status || c.status == 503 && (err != nil || retry < 1) || res.Close != c.closes {
				t.Errorf("%s, Retry-After %q, closes %v", res.Status, res.Header.Get("Retry-After"), res.Close)
			}
			if _, err := io.Copy(io.Discard, res.Body); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Write(make([]byte, c.length-sent)); err != nil {
				t.Errorf("the rest of the body: %v", err)
			}
			if c.closes {
				return
			}
			if _, err := io.WriteString(conn, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			if res, err := http.ReadResponse(in, nil); err != nil || res.StatusCode != 200 {
				t.Errorf("the next request: %v", err)
			}
		})
	}
	end <- struct{}{}
	(<-answered).Want(200)
	s.Model.Wait = nil // and the line is empty
	s.Send("POST", "/api/predict/", "", apitest.Form(t, map[string]string{"preview_only": "true"}, pic)).Want(200)
}
