package api_test

import (
	"bytes"
	"net"
	"strings"
	"sync"
	"testing"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
	"mangosense/server/internal/mango"
)

// TestUnreadAnswersAreCounted: answers that nobody takes are held by the budget,
// and given back when their client goes.
func TestUnreadAnswersAreCounted(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	s.Stored(100, func(_ int, r *mango.Record) { r.OriginalName = strings.Repeat("n", 200) })
	path := "/api/classified-images/?page_size=100"
	if n := len(s.Send("GET", path, boss.Access, nil).Want(200).Body); n <= 64<<10 {
		t.Fatalf("the list has %d bytes, which are not counted", n)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	page := "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + boss.Access + "\r\n\r\n"
	go conn.Write([]byte(strings.Repeat(page, 500))) // far more than sockets hold
	until(t, "an answer that nobody reads is held", func() bool { return held(s) > 64<<10 })
	if held := held(s); held > 1<<20 {
		t.Errorf("one connection's answers hold %d bytes", held)
	}
	conn.Close()
	until(t, "the memory is given back", func() bool { return held(s) == 0 })
}

// lines is a log that may be read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestLoggedStreamsStayStreams: the access log took every export and photo into
// memory, to count its bytes.
func TestLoggedStreamsStayStreams(t *testing.T) {
	log := &lines{}
	s := apitest.New(t, func(c *api.Config) { c.AccessLog = log })
	boss := s.Admin()
	s.Send("GET", "/api/export-dataset/", boss.Access, nil).Want(200)
	until(t, "the export is logged as made while it is sent", func() bool {
		return strings.Contains(log.String(), "GET /api/export-dataset 200") && strings.Contains(log.String(), " -1B\n")
	})
}

// TestTextsKeepTheirLength: what looks like HTML is answered as it is, not in six
// characters a piece.
func TestTextsKeepTheirLength(t *testing.T) {
	s := apitest.New(t, nil)
	boss := s.Admin()
	name := strings.Repeat("<&>", 20)
	r := s.Send("POST", "/api/admin/aliases/", boss.Access, apitest.Object(map[string]string{"alias": name, "symptom": name}))
	if bytes.Contains(r.Body, []byte(`\u003c`)) {
		t.Errorf("the answer is %s", r.Body)
	}
}
