package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"mangosense/preprocess/photos"
)

// slow is many senders that keep just above the least rate.
type slow struct {
	name      string
	senders   int
	addresses int // of the senders, from 127.9.0.2 on
	kind      body
	accounts  int  // the senders' accounts; 0: none
	leaves    bool // half of the senders close at random and come again
	at        int  // bytes that each sends at once
	together  bool // the honest client sends its first photo at the same moment
	short     bool // of `make test` too
}

// body is what slow senders send: a head and what follows it.
type body struct {
	path, kind string
	start      string // of the body
	length     int    // that is declared; 0: there is no body, the head goes on for ever
}

// unreadAnswers: it asks, and reads no answer.
const unreadAnswers = "unread"

const slowRate = 6 << 10 // bytes a second of each sender

var (
	slowLogin  = body{"/api/login/", "application/json", `{"email":"`, 255 << 10}
	slowPhotos = body{"/api/predict/", edged, "--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n", 3 << 20}
	slowFields = body{"/api/predict/", edged, "--edge\r\nContent-Disposition: form-data; name=\"notes\"\r\n\r\n", 255 << 10}
	slowTensor = body{"/v2/models/leaf-mobilenetv2/infer", "application/json", `{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["`, 3 << 20}
	slowHeads  = body{path: "/api/predict/"}
	slowRead   = body{path: "/api/openapi.json", kind: unreadAnswers}
)

// TestSiegeOfSlowSenders: hundreds of senders who each keep the rules fill the
// memory for requests; an honest client's photos are answered beside them.
func TestSiegeOfSlowSenders(t *testing.T) {
	t.Parallel()
	s := start(t, "RATE_LIMIT=off", "ACCESS_LOG=false", "MEMORY_LIMIT=512MB")
	confine(t, s.cmd.Process.Pid, memoryBound)
	b := &besieged{server: s}
	tokens := []string{s.grower()}
	for i := range 9 {
		tokens = append(tokens, s.join(fmt.Sprintf("slow%d@farm.example", i)))
	}
	photo := photos.JPEG(1280, 960)
	for i, a := range []slow{
		{name: "JSON", senders: 900, addresses: 20, kind: slowLogin, short: true},
		{name: "JSON, two addresses", senders: 500, addresses: 2, kind: slowLogin},
		{name: "JSON, sixty addresses", senders: 900, addresses: 60, kind: slowLogin},
		{name: "JSON, an address for two", senders: 500, addresses: 250, kind: slowLogin},
		{name: "JSON, an address each", senders: 900, addresses: 900, kind: slowLogin},
		{name: "JSON, a burst each", senders: 900, addresses: 20, kind: slowLogin, at: 100 << 10},
		{name: "JSON, coming and going", senders: 900, addresses: 20, kind: slowLogin, leaves: true, at: 40 << 10},
		{name: "JSON, at the same moment", senders: 900, addresses: 20, kind: slowLogin, at: 100 << 10, together: true, short: true},
		{name: "more senders than connections", senders: 1200, addresses: 20, kind: slowLogin, at: 40 << 10, short: true},
		{name: "photos", senders: 900, addresses: 20, kind: slowPhotos},
		{name: "photos, a burst each", senders: 900, addresses: 60, kind: slowPhotos, at: 100 << 10},
		{name: "photos of ten accounts", senders: 900, addresses: 20, kind: slowPhotos, accounts: 10, at: 60 << 10},
		{name: "fields", senders: 900, addresses: 20, kind: slowFields},
		{name: "fields, at the same moment", senders: 900, addresses: 60, kind: slowFields, at: 60 << 10, together: true},
		{name: "tensors", senders: 900, addresses: 20, kind: slowTensor, accounts: 10, at: 60 << 10},
		{name: "answers, unread", senders: 1200, addresses: 20, kind: slowRead},
		{name: "heads", senders: 1200, addresses: 20, kind: slowHeads},
	} {
		if *siegeTime == 0 && !a.short {
			continue
		}
		t.Run(a.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer b.wg.Wait()
			defer cancel()
			for n := range a.senders {
				token := ""
				if a.accounts > 0 {
					token = tokens[n%a.accounts]
				}
				host := n % a.addresses
				b.trickle(ctx, a, net.IPv4(127, 9, byte(host/200), byte(2+host%200)), token, n%2 == 0)
			}
			if !a.together {
				time.Sleep(4 * time.Second) // as long as it takes until all hold what they can
			}
			var waits []time.Duration
			refused := 0
			for n, begun := 0, time.Now(); n < 4 || time.Since(begun) < *siegeTime; n++ {
				address, asked := net.IPv4(127, 0, byte(1+i), byte(200+n%50)), time.Now()
				if b.slowHonest(t, address, another(photo), 0) != http.StatusOK {
					refused++
				}
				waits = append(waits, time.Since(asked).Round(time.Millisecond))
				time.Sleep(100 * time.Millisecond)
			}
			if refused > 0 {
				t.Errorf("the honest client was refused %d times", refused)
			}
			body, _ := form(t, photo, "preview_only", "true")
			whole, _ := io.ReadAll(body)
			asked := time.Now()
			if status := b.slowHonest(t, net.IPv4(127, 0, byte(1+i), 199), another(photo), 125_000); status != http.StatusOK {
				t.Errorf("the client with 1 Mbit/s got %d after %s", status, time.Since(asked))
			}
			late := time.Since(asked) - time.Duration(len(whole))*time.Second/125_000
			t.Logf("%d photos: the first within %s, all within %s; with 1 Mbit/s %s beyond the transfer of %d KB; resident %d MB, at most %d MB",
				len(waits), waits[0], slices.Max(waits), late.Round(time.Millisecond), len(whole)>>10, statusField(t, s.cmd.Process.Pid, "VmRSS:")>>20, peakMemory(t, s.cmd.Process.Pid)>>20)
			if *siegeTime > 0 && max(slices.Max(waits), late) > siegeWait {
				t.Errorf("the honest client waited %s", max(slices.Max(waits), late))
			}
		})
	}
	if a := s.must("GET", "/api/health/", nil); a.status != http.StatusOK {
		t.Errorf("after the siege: %d %s", a.status, a.body)
	}
	if peak := peakMemory(t, s.cmd.Process.Pid); peak > siegeMemory {
		t.Errorf("peak resident memory is %d MB", peak>>20)
	}
	waitFor(t, "all memory is given back", func() bool { return s.metric("mangosense_upload_bytes") == 0 })
}

// join registers one more grower and gives the access token.
func (s *server) join(email string) string {
	s.t.Helper()
	a := s.must("POST", "/api/register/", strings.NewReader(fmt.Sprintf(`{"first_name":"Test","last_name":"Grower","email":%q,
		"password":"Secret-Word-1","address":"An orchard"}`, email)), "Content-Type", "application/json")
	token, _ := a.json["access"].(string)
	if a.status != http.StatusOK || token == "" {
		s.t.Fatalf("register answered %d: %s", a.status, a.body)
	}
	return token
}

// trickle is one slow sender: whenever it is refused or done, it begins again.
func (b *besieged) trickle(ctx context.Context, a slow, address net.IP, token string, leaves bool) {
	begin := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\n", a.kind.path)
	if a.kind.kind == unreadAnswers {
		begin = strings.Repeat("GET "+a.kind.path+" HTTP/1.1\r\nHost: localhost\r\n\r\n", 100)
	}
	if token != "" {
		begin += "Authorization: Bearer " + token + "\r\n"
	}
	if a.kind.length == 0 && a.kind.kind == "" {
		begin += "X-Nothing: "
	} else if a.kind.length > 0 {
		begin += fmt.Sprintf("Content-Type: %s\r\nContent-Length: %d\r\n\r\n%s", a.kind.kind, a.kind.length, a.kind.start)
	}
	burst, drop := bytes.Repeat([]byte("x"), a.at), bytes.Repeat([]byte("x"), slowRate/2)
	if a.kind.length == 0 {
		drop = []byte("x")
	}
	once := func() {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: address}}
		conn, err := dialer.DialContext(ctx, "tcp", strings.TrimPrefix(b.url, "http://"))
		if err != nil {
			return
		}
		defer conn.Close()
		if a.kind.kind == unreadAnswers {
			conn.(*net.TCPConn).SetReadBuffer(32 << 10) // what fills is the server's end
		}
		defer context.AfterFunc(ctx, func() { conn.Close() })()
		if _, err := io.WriteString(conn, begin+string(burst)); err != nil {
			return
		}
		for left := a.kind.length - len(burst); a.kind.length == 0 || left > len(drop); left -= len(drop) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(500 * time.Millisecond):
			}
			if a.leaves && leaves && rand.IntN(6) == 0 {
				return
			}
			if _, err := conn.Write(drop); err != nil {
				return
			}
		}
	}
	b.wg.Go(func() {
		for ctx.Err() == nil {
			once()
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
}

// slowHonest sends one photo from an address at so many bytes a second; 0: as
// fast as it goes.
func (b *besieged) slowHonest(t *testing.T, address net.IP, photo []byte, rate int) int {
	t.Helper()
	content, kind := form(t, photo, "preview_only", "true")
	whole, err := io.ReadAll(content)
	if err != nil {
		t.Fatal(err)
	}
	var send io.Reader = bytes.NewReader(whole)
	if rate > 0 {
		send = &throttled{send, rate / 50}
	}
	req, err := http.NewRequest("POST", b.url+"/api/predict/", send)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = int64(len(whole))
	req.Header.Set("Content-Type", kind)
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: address}}
	client := http.Client{Timeout: time.Minute, Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Errorf("the honest client got no answer: %v", err)
		return 0
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(resp.Body) // the status is what counts
	if resp.StatusCode != http.StatusOK {
		t.Logf("the honest client got %d %.100s", resp.StatusCode, said)
	}
	return resp.StatusCode
}

// throttled gives so many bytes each 20 ms.
type throttled struct {
	r    io.Reader
	each int
}

func (t *throttled) Read(p []byte) (int, error) {
	time.Sleep(20 * time.Millisecond)
	return t.r.Read(p[:min(len(p), t.each)])
}
