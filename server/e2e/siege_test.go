package e2e_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mangosense/preprocess/photos"
)

// How long each attack lasts beside the honest client. `make siege` asks for
// more, and holds the honest client's wait to siegeWait.
var siegeTime = flag.Duration("siege", 0, "how long each attack of the siege lasts; 0: until a few photos are answered")

const (
	siegeWait   = 3 * time.Second
	siegeMemory = 300 << 20
	siegePhotos = 5 // of the honest client, at least, beside each attack
)

// attack is what strangers do at one time. It ends with ctx.
type attack struct {
	name string
	run  func(ctx context.Context, b *besieged)
}

// besieged is the server and what attackers know of it.
type besieged struct {
	*server
	token       string
	webp, png16 []byte
	wg          sync.WaitGroup
}

// TestSiege: a server with its usual limits in 512 MB, attacks of a few hundred
// connections each, and an honest client beside them that is answered. Nothing
// is killed, and resident memory stays below 300 MB.
func TestSiege(t *testing.T) {
	t.Parallel()
	s := start(t, "RATE_LIMIT=on", "ACCESS_LOG=false")
	group := confine(t, s.cmd.Process.Pid, memoryBound)
	if group == "" {
		t.Log("no control group can be made here: memory is only measured")
	}
	b := &besieged{server: s, token: s.grower(), webp: photos.WholeFlatWebP(7000, 7000), png16: deepPNG(2500, 2500)}
	photo := photos.JPEG(1280, 960)
	for i, a := range []attack{
		{"fields, left open", fieldsOpen},
		{"trees, left open", treesOpen},
		{"slow JSON", slowJSON},
		{"bursts and then silence", bursts},
		{"lossy WebP of 49 MP", func(ctx context.Context, b *besieged) { flood(ctx, b, b.webp) }},
		{"16-bit PNG", func(ctx context.Context, b *besieged) { flood(ctx, b, b.png16) }},
		{"answers, unread", unread},
		{"all of it at once", func(ctx context.Context, b *besieged) {
			for _, run := range []func(context.Context, *besieged){fieldsOpen, treesOpen, bursts, unread} {
				run(ctx, b)
			}
			flood(ctx, b, b.webp)
			flood(ctx, b, b.png16)
		}},
	} {
		t.Run(a.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer b.wg.Wait()
			defer cancel()
			a.run(ctx, b)
			between := 200 * time.Millisecond
			if *siegeTime > 0 {
				between = 2100 * time.Millisecond // no more than a guest may ask for
			}
			var waits []time.Duration
			refused := 0
			for begun := time.Now(); len(waits) < siegePhotos || time.Since(begun) < *siegeTime; time.Sleep(between) {
				asked := time.Now()
				if b.honest(t, byte(100+i), another(photo)) != http.StatusOK {
					refused++
				}
				waits = append(waits, time.Since(asked))
			}
			slices.Sort(waits)
			t.Logf("%d photos, half within %s, all within %s; resident %d MB, at most %d MB", len(waits), waits[len(waits)/2].Round(time.Millisecond),
				waits[len(waits)-1].Round(time.Millisecond), statusField(t, s.cmd.Process.Pid, "VmRSS:")>>20, peakMemory(t, s.cmd.Process.Pid)>>20)
			if refused > 0 {
				t.Errorf("the honest client was refused %d times", refused)
			}
			if *siegeTime > 0 && waits[len(waits)-1] > siegeWait {
				t.Errorf("the honest client waited %s", waits[len(waits)-1])
			}
		})
	}
	if peak := peakMemory(t, s.cmd.Process.Pid); peak > siegeMemory {
		t.Errorf("peak resident memory is %d MB", peak>>20)
	}
	if a := s.must("GET", "/api/health/", nil); a.status != http.StatusOK {
		t.Errorf("after the siege: %d %s", a.status, a.body)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// honest is one photo of somebody at another address, who has sent none yet.
func (b *besieged) honest(t *testing.T, address byte, photo []byte) int {
	t.Helper()
	body, kind := form(t, photo, "preview_only", "true")
	req, err := http.NewRequest("POST", b.url+"/api/predict/", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	client := http.Client{Timeout: time.Minute, Transport: &http.Transport{DialContext: from(address).DialContext, DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Errorf("the honest client got no answer: %v", err)
		return 0
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Logf("the honest client got %d %s", resp.StatusCode, said)
	}
	return resp.StatusCode
}

var shots atomic.Uint32

// another is the photo with a comment of its own: it is not remembered.
func another(photo []byte) []byte {
	n := shots.Add(1)
	return photos.Insert(photo, []byte{0xff, 0xfe, 0, 6, 's', 'h', byte(n >> 8), byte(n)})
}

// from dials from one of the machine's own addresses.
func from(last byte) *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, last)}}
}

// hold sends what it can of a request in a background connection, then drips, and
// keeps it open until ctx ends. It returns at once.
func (b *besieged) hold(ctx context.Context, address byte, head string, body []byte, drip time.Duration) {
	b.wg.Go(func() {
		conn, err := from(address).DialContext(ctx, "tcp", strings.TrimPrefix(b.url, "http://"))
		if err != nil {
			return
		}
		defer conn.Close()
		defer context.AfterFunc(ctx, func() { conn.Close() })()
		if _, err := io.WriteString(conn, head); err != nil {
			return
		}
		if _, err := conn.Write(body); err != nil {
			return
		}
		for drip > 0 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(drip):
			}
			if _, err := conn.Write([]byte("x")); err != nil {
				return
			}
		}
		<-ctx.Done()
	})
}

func head(path, kind, more string, length int) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n", path, kind, length, more)
}

const edged = "multipart/form-data; boundary=edge"

// fields is a form of n fields of so many bytes, without its end.
func fields(n, each int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "--edge\r\nContent-Disposition: form-data; name=\"field%d\"\r\n\r\n%s\r\n", i, strings.Repeat("x", each))
	}
	return b.Bytes()
}

func fieldsOpen(ctx context.Context, b *besieged) {
	body := fields(42, 250<<10)
	for i := range 45 {
		b.hold(ctx, byte(2+i%2), head("/api/predict/", edged, "", len(body)+100), body, 0)
	}
}

func treesOpen(ctx context.Context, b *besieged) {
	body := append(fields(60, 4<<10), "--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n"...)
	body = append(body, make([]byte, 8<<20)...)
	for range 60 {
		b.hold(ctx, 4, head("/api/predict/tree/", edged, "Authorization: Bearer "+b.token+"\r\n", len(body)+1<<20), body, 0)
	}
}

func slowJSON(ctx context.Context, b *besieged) {
	body := []byte(`{"email":"` + strings.Repeat("x", 250<<10))
	for i := range 900 {
		b.hold(ctx, byte(10+i%9), head("/api/auth/login/", "application/json", "", 255<<10), body, 5*time.Second)
	}
}

func bursts(ctx context.Context, b *besieged) {
	body := append([]byte("--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n"), make([]byte, 9_900_000)...)
	for i := range 8 {
		b.hold(ctx, byte(20+i), head("/api/predict/", edged, "", len(body)+80<<10), body, 8*time.Second)
	}
}

// flood sends the same photo as often as it is let, thirty at a time.
func flood(ctx context.Context, b *besieged, photo []byte) {
	body := append([]byte("--edge\r\nContent-Disposition: form-data; name=\"preview_only\"\r\n\r\ntrue\r\n--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.webp\"\r\n\r\n"), photo...)
	body = append(body, "\r\n--edge--\r\n"...)
	for range 30 {
		b.hold(ctx, 30, head("/api/predict/?explain=1", edged, "", len(body)), body, 0)
	}
}

func unread(ctx context.Context, b *besieged) {
	for i := range 100 {
		b.hold(ctx, byte(40+i%4), strings.Repeat("GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n", 200), nil, 0)
	}
}

// deepPNG is an even picture of 16 bits a channel: a small file, packed a
// thousandfold, that takes long to unpack.
func deepPNG(w, h int) []byte {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	row := make([]byte, 1+6*w)
	for range h {
		z.Write(row) // into memory
	}
	z.Close()
	return photos.JoinPNG(photos.IHDR(uint32(w), uint32(h), 16, 2, 0), photos.PNGChunk("IDAT", packed.Bytes()), photos.PNGChunk("IEND", nil))
}
