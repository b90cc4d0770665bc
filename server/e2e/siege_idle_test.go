package e2e_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"mangosense/preprocess/photos"
)

// TestSiegeOfIdleConnections: ten thousand connections of forty clients each ask once
// and stay; as many as have a place hold a bounded part of the memory, and an honest
// client's photo is answered beside them.
func TestSiegeOfIdleConnections(t *testing.T) {
	t.Parallel()
	connections := 2000
	if *siegeTime > 0 {
		connections = 10_000
	}
	const dialers, each = 8, 60 << 10 // bytes of a connection that has a place
	s := start(t, "RATE_LIMIT=off", "ACCESS_LOG=false")
	b := &besieged{server: s}
	photo := photos.JPEG(1280, 960)
	if status := b.slowHonest(t, net.IPv4(127, 8, 0, 1), another(photo), 0); status != http.StatusOK {
		t.Fatalf("before: %d", status)
	}
	files, before := s.files(), statusField(t, s.cmd.Process.Pid, "VmRSS:")
	var dialing sync.WaitGroup
	for d := range dialers {
		dialing.Go(func() {
			for n := d; n < connections; n += dialers {
				conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 8, 1, byte(2+n%40))}}).Dial("tcp", strings.TrimPrefix(s.url, "http://"))
				if err != nil {
					t.Error(err)
					return
				}
				t.Cleanup(func() { conn.Close() })
				if _, err := io.WriteString(conn, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
					continue // another came before its request did
				}
				resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					continue
				}
				_, _ = io.Copy(io.Discard, resp.Body) // it may have been closed for another by now
				resp.Body.Close()
			}
		})
	}
	dialing.Wait()
	held := statusField(t, s.cmd.Process.Pid, "VmRSS:") - before
	if status := b.slowHonest(t, net.IPv4(127, 8, 0, 2), another(photo), 0); status != http.StatusOK {
		t.Errorf("beside them: %d", status)
	}
	open := int64(s.files() - files)
	t.Logf("%d connections were opened, %d have a place and hold %d KB: %.1f KB each", connections, open, held>>10, float64(held)/1024/float64(max(open, 1)))
	if open < 900 || held > open*each {
		t.Errorf("%d have a place and hold %d KB", open, held>>10)
	}
}

// files is how many files and connections the server has open.
func (s *server) files() int {
	s.t.Helper()
	open, err := os.ReadDir("/proc/" + s.pid() + "/fd")
	if err != nil {
		s.t.Fatal(err)
	}
	return len(open)
}
