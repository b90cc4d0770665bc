package e2e_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mangosense/preprocess/photos"
)

// C's heap reaches its working size after some 4,000 requests: the second third
// ends at 5,000, so that this is no growth.
var soak = flag.Int("soak", 7500, "requests of TestSteady; make soak sends 50000")

// TestSteady sends mixed requests, good and bad: resident memory after the last
// third is within 5 % of that after the second, and a request costs Go's heap
// less than 64 KB.
func TestSteady(t *testing.T) {
	t.Parallel()
	s := start(t, "ANSWER_CACHE=0", "ACCESS_LOG=false")
	mix := [][]byte{
		photos.JPEG(640, 480), photos.JPEG(1280, 960), photos.PNG(200, 150), photos.WebP(160, 120),
		photos.JPEG(2048, 1536), photos.TruncatedJPEG(640, 480), []byte("no photo"), photos.HEIC("heic"),
	}
	send := func(n int) {
		var wg sync.WaitGroup
		for c := range 4 {
			wg.Go(func() {
				for i := c; i < n; i += 4 {
					body, kind := form(t, mix[i%len(mix)], "preview_only", "true", "user_feedback", "none")
					req, err := http.NewRequest("POST", s.url+"/api/predict/", body)
					if err != nil {
						t.Error(err)
						return
					}
					req.Header.Set("Content-Type", kind)
					if a, err := s.do(req); err != nil {
						t.Error(err)
					} else if a.status != 200 && a.status != 400 && a.status != 503 {
						t.Errorf("%d %s", a.status, a.body)
					}
				}
			})
		}
		wg.Wait()
	}
	third := *soak / 3
	send(third)
	before, allocated := statusField(t, s.cmd.Process.Pid, "VmRSS:"), s.allocated()
	send(third)
	middle := statusField(t, s.cmd.Process.Pid, "VmRSS:")
	send(third)
	after := statusField(t, s.cmd.Process.Pid, "VmRSS:")
	each := (s.allocated() - allocated) / float64(2*third)
	t.Logf("resident %d, %d, %d MB after each third of %d requests; %.1f KB of Go heap a request", before>>20, middle>>20, after>>20, *soak, each/1024)
	if grown := float64(after) / float64(middle); grown > 1.05 {
		t.Errorf("resident memory grew by %.1f %% in the last third", (grown-1)*100)
	}
	if each > 64<<10 {
		t.Errorf("%.1f KB of Go heap a request", each/1024)
	}
}

// TestAllocationJPEG: what phones send costs Go's heap less than 64 KB a photo.
func TestAllocationJPEG(t *testing.T) {
	t.Parallel()
	s := start(t, "ANSWER_CACHE=0")
	photo := photos.JPEG(2048, 1536)
	send := func(n int) {
		for range n {
			if a := s.predict(photo); a.status != 200 {
				t.Fatalf("%d %s", a.status, a.body)
			}
		}
	}
	send(20)
	before := s.allocated()
	const n = 100
	send(n)
	if each := (s.allocated() - before) / n; each > 64<<10 {
		t.Errorf("%.1f KB of Go heap a photo", each/1024)
	} else {
		t.Logf("%.1f KB of Go heap a photo", each/1024)
	}
}

// allocated is how many bytes Go's heap has ever given out.
func (s *server) allocated() float64 {
	s.t.Helper()
	a := s.must("GET", "/metrics", nil)
	for line := range bytes.Lines(a.body) {
		if rest, ok := bytes.CutPrefix(line, []byte("go_memstats_alloc_bytes_total ")); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(string(rest)), 64)
			if err != nil {
				s.t.Fatal(err)
			}
			return v
		}
	}
	s.t.Fatalf("no go_memstats_alloc_bytes_total in /metrics (%d)", a.status)
	return 0
}

// TestSlowOnesDelayNobody: while 64 connections send a byte now and then, a
// photo is answered, and nothing but their bytes is held.
func TestSlowOnesDelayNobody(t *testing.T) {
	t.Parallel()
	s := start(t)
	const slow = 64
	head := "POST /api/predict/ HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"i.jpg\"\r\n\r\n" + strings.Repeat("x", 20_000)
	for range slow {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, head); err != nil {
			t.Fatal(err)
		}
	}
	// What arrived, rounded up to 64 KB, and the 52 KB that reading a form takes.
	const held = slow * (64 + 52) << 10
	waitFor(t, "all slow uploads are being received", func() bool { return s.metric("mangosense_upload_bytes") >= held })
	if now := s.metric("mangosense_upload_bytes"); now > held {
		t.Errorf("%.0f bytes are held for %d senders of 20 KB, want %d", now, slow, held)
	}
	if waiting := s.metric("mangosense_photos_running") + s.metric("mangosense_photos_waiting"); waiting != 0 {
		t.Errorf("%.0f places are taken by photos that have not arrived", waiting)
	}
	began := time.Now()
	if a := s.predict(photos.JPEG(1280, 960)); a.status != http.StatusOK {
		t.Errorf("a fast sender got %d %s", a.status, a.body)
	}
	t.Logf("a fast sender waited %s", time.Since(began).Round(time.Millisecond))
}

// metric is one value of /metrics.
func (s *server) metric(name string) float64 {
	s.t.Helper()
	a := s.must("GET", "/metrics", nil)
	for line := range bytes.Lines(a.body) {
		var v float64
		if n, _ := fmt.Sscanf(string(line), name+" %g", &v); n == 1 {
			return v
		}
	}
	s.t.Fatalf("no %s in /metrics", name)
	return 0
}
