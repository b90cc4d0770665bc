package kit_test

import (
	"crypto/tls"
	"net"
	"testing"

	"mangosense/server/internal/api/kit"
)

type seated struct{ net.Conn }

func (*seated) Busy()          {}
func (*seated) Idle()          {}
func (*seated) Waiting(bool)   {}
func (*seated) Reserved() bool { return true }
func (*seated) Gone(int) bool  { return true }

// A request keeps its connection's place with TLS as without.
func TestSeatIsFoundBelowTLS(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	conn := &seated{near}
	if kit.SeatOf(conn) != kit.Seat(conn) || kit.SeatOf(tls.Server(conn, &tls.Config{})) != kit.Seat(conn) {
		t.Error("the place was not found")
	}
	if s := kit.SeatOf(near); s.Reserved() || s.Gone(1) {
		t.Error("a connection of another listener lacks a place")
	}
}
