package e2e_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"mangosense/preprocess/photos"
)

// TestSiegeOfIdleConnections: ten thousand connections of forty clients each ask once
// and stay; as many as have a place hold a bounded part of the memory, and an honest
// client's photo is answered beside them.
func TestSiegeOfIdleConnections(t *testing.T) {
	connections := 2000
	if *siegeTime > 0 {
		connections = 10_000
	}
	const dialers, each = 8, 24 << 10 // bytes of a connection that has a place
	s := start(t, "RATE_LIMIT=off", "ACCESS_LOG=false")
	b := &besieged{server: s}
	photo := photos.JPEG(1280, 960)
	if status := b.slowHonest(t, net.IPv4(127, 8, 0, 1), another(photo), 0); status != http.StatusOK {
		t.Fatalf("before: %d", status)
	}
	before := statusField(t, s.cmd.Process.Pid, "VmRSS:")
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
	open := s.metric("mangosense_connections_open")
	t.Logf("%d connections were opened, %.0f have a place and hold %d KB: %.1f KB each", connections, open, held>>10, float64(held)/1024/open)
	if held > int64(open)*each {
		t.Errorf("they hold %d KB", held>>10)
	}
}
