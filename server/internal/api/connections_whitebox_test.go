package api

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"net"
	"net/http"
	"testing"
)

type seated struct {
	net.Conn
	busy, idle int
}

func (s *seated) Busy() { s.busy++ }
func (s *seated) Idle() { s.idle++ }

func (s *seated) Reserved() bool { return false }

// A request keeps its connection's place with TLS as without.
func TestSeatIsFoundBelowTLS(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	conn := &seated{Conn: near}
	if seatOf(conn) != seat(conn) || seatOf(tls.Server(conn, &tls.Config{})) != seat(conn) {
		t.Error("the place was not found")
	}
	if seatOf(near) != nil {
		t.Error("a connection that does not ask has a place")
	}
}

// The refusal is a whole answer that clients can read.
func TestRefusalIsAnAnswer(t *testing.T) {
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(Refusal())), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusServiceUnavailable || !resp.Close || resp.Header.Get("Retry-After") == "" || !bytes.Contains(body.Bytes(), []byte(`"success":false`)) {
		t.Errorf("%d %v %s", resp.StatusCode, resp.Header, &body)
	}
}
