package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// drive runs the command against a handler and gives its report.
func drive(t *testing.T, h http.HandlerFunc, args ...string) report {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	var out, errs bytes.Buffer
	args = append([]string{"--url", server.URL + "/api/predict/", "--mp", "0.05", "--distinct", "2", "--warmup", "0", "--json"}, args...)
	if err := run(context.Background(), args, &out, &errs); err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	var r report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	return r
}

func TestUploadsAreWholeAndDiffer(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]bool{}
	r := drive(t, func(w http.ResponseWriter, req *http.Request) {
		if req.FormValue("detection_type") != "fruit" || req.FormValue("preview_only") != "false" {
			t.Errorf("fields are %v", req.Form)
		}
		if got := req.Header.Get("Authorization"); got != "Bearer abc" {
			t.Errorf("authorization is %q", got)
		}
		file, header, err := req.FormFile("image")
		if err != nil {
			t.Error(err)
			return
		}
		b, err := io.ReadAll(file)
		if err != nil || header.Header.Get("Content-Type") != "image/jpeg" {
			t.Error(err, header.Header)
		}
		if _, err := jpeg.Decode(bytes.NewReader(b)); err != nil {
			t.Errorf("the photo cannot be decoded: %v", err)
		}
		mu.Lock()
		seen[string(b)] = true
		mu.Unlock()
		fmt.Fprint(w, `{"success":true}`)
	}, "--count", "20", "--clients", "3", "--kind", "fruit", "--preview=false", "--token", "abc")
	if r.OK != 20 || len(seen) != 20 {
		t.Errorf("%d answered, %d different photos; want 20 and 20", r.OK, len(seen))
	}
	if r.Server == nil || r.Server.Processes < 1 || r.Server.After < 1<<20 || r.Server.PssAfter < 1<<20 {
		t.Errorf("the server's memory is %+v", r.Server)
	}
}

// A server that stalls for 300 ms must show in the open loop's percentiles for
// all the requests that were due meanwhile, not for one.
func TestOpenLoopDoesNotHideAStall(t *testing.T) {
	var door sync.Mutex
	var n atomic.Int64
	r := drive(t, func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		door.Lock()
		if n.Add(1) == 10 {
			time.Sleep(300 * time.Millisecond)
		}
		door.Unlock()
		fmt.Fprint(w, "{}")
	}, "--rate", "100", "--count", "60", "--duration", "5s")
	if r.Loop != "open" || r.OK != 60 {
		t.Fatalf("%s loop, %d answered", r.Loop, r.OK)
	}
	// About 30 of the 60 were due during the stall, and waited 150 ms in the mean.
	if r.Times.P90 < 100 || r.Times.Max < 250 {
		t.Errorf("p90 is %.1f ms, max %.1f: the stall is hidden", r.Times.P90, r.Times.Max)
	}
	if r.Seconds < 0.55 {
		t.Errorf("60 requests at 100 a second took %.2f s", r.Seconds)
	}
}

func TestRefusalsAndFaultsAreCountedByKind(t *testing.T) {
	var n atomic.Int64
	r := drive(t, func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		switch n.Add(1) % 5 {
		case 0:
			w.Header().Set("Retry-After", "2")
			w.WriteHeader(http.StatusServiceUnavailable)
		case 1:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		case 2:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 3:
			panic(http.ErrAbortHandler) // the connection breaks
		default:
			fmt.Fprint(w, "{}")
		}
	}, "--count", "50", "--clients", "1", "--patience", "1ms")
	if r.OK != 10 || r.Statuses["503"] != 20 || r.Statuses["429"] != 10 || r.Faults[faultReset] != 10 || r.Lost != 10 {
		t.Errorf("ok %d, statuses %v, faults %v", r.OK, r.Statuses, r.Faults)
	}
	if r.Retry != (retry{With: 20, Without: 10, Least: 2, Most: 7}) {
		t.Errorf("Retry-After: %+v", r.Retry)
	}
}

func TestEmptyAnswerIsNoAnswer(t *testing.T) {
	r := drive(t, func(http.ResponseWriter, *http.Request) {}, "--count", "3")
	if r.OK != 0 || r.Faults[faultCut] != 3 {
		t.Errorf("ok %d, faults %v", r.OK, r.Faults)
	}
}

func TestSlowAnswersTimeOut(t *testing.T) {
	stop := make(chan struct{})
	r := drive(t, func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		select {
		case <-stop:
		case <-req.Context().Done():
		}
	}, "--count", "2", "--clients", "2", "--timeout", "50ms")
	close(stop)
	if r.Faults[faultTimeout] != 2 {
		t.Errorf("faults %v", r.Faults)
	}
}

func TestGetSendsNoPhoto(t *testing.T) {
	r := drive(t, func(w http.ResponseWriter, req *http.Request) {
		if req.Method != http.MethodGet || req.ContentLength > 0 {
			t.Errorf("%s with %d bytes", req.Method, req.ContentLength)
		}
		fmt.Fprint(w, "{}")
	}, "--get", "--count", "5")
	if r.OK != 5 || len(r.Photos) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestOnlyThisMachineIsLoaded(t *testing.T) {
	for _, url := range []string{"http://192.0.2.1/api/predict/", "http://[2001:db8::1]:8000/", "http://0.0.0.0:8000/", "https://127.0.0.1/", "ftp://127.0.0.1/", "127.0.0.1:8000"} {
		err := run(context.Background(), []string{"--url", url, "--mp", "0.05"}, io.Discard, io.Discard)
		if err == nil || strings.Contains(err.Error(), "nobody answers") {
			t.Errorf("%s: %v", url, err)
		}
	}
	// A redirect elsewhere is reported, not followed.
	r := drive(t, func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, "http://192.0.2.1/", http.StatusFound)
	}, "--get", "--count", "1")
	if r.Statuses["302"] != 1 {
		t.Errorf("statuses %v", r.Statuses)
	}
}

func TestSillyOptionsAreRefused(t *testing.T) {
	for _, args := range [][]string{{"--clients", "0"}, {"--rate", "-1"}, {"--duration", "0s"}, {"--mp", "0"}, {"--mp", "1000"}, {"left over"}, {"--photos", "/nonexistent"}} {
		if err := run(context.Background(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v is accepted", args)
		}
	}
}

func TestMadePhotosAreLikeAPhones(t *testing.T) {
	for _, c := range []struct {
		mp         float64
		least, max int
	}{{1, 150e3, 300e3}, {12, 2e6, 4e6}} {
		p, err := makePhoto(c.mp, 1)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(p.jpeg); n < c.least || n > c.max {
			t.Errorf("%g megapixels take %d bytes", c.mp, n)
		}
		if pixels := float64(p.width * p.height); pixels > c.mp*1e6 || pixels < c.mp*0.99e6 {
			t.Errorf("%g megapixels are %d×%d", c.mp, p.width, p.height)
		}
	}
	a, _ := makePhoto(0.1, 1)
	b, _ := makePhoto(0.1, 2)
	if bytes.Equal(a.jpeg, b.jpeg) {
		t.Error("two seeds make the same photo")
	}
}

func TestPercentiles(t *testing.T) {
	var d []time.Duration
	for i := 1000; i > 0; i-- {
		d = append(d, time.Duration(i)*time.Millisecond)
	}
	got := summary(d)
	want := times{Count: 1000, Min: 1, Mean: 500.5, P50: 500, P90: 900, P95: 950, P99: 990, P999: 999, Max: 1000}
	if got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if one := summary([]time.Duration{time.Second}); one.P50 != 1000 || one.P999 != 1000 {
		t.Errorf("of one: %+v", one)
	}
}

func TestTextNamesEverything(t *testing.T) {
	c := &collector{}
	c.add(answer{took: 12 * time.Millisecond, status: 200})
	c.add(answer{took: time.Millisecond, status: 503, retryAfter: "3"})
	c.add(answer{fault: faultReset})
	r := c.report(options{url: "http://127.0.0.1/", clients: 1}, []photo{{width: 4000, height: 3000}}, time.Second)
	r.Server = &memory{Processes: 1, Peak: 123e6}
	var b strings.Builder
	if err := r.text(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"12.00 megapixels", "1 of 3", "p99 12.0", "status 503: 1", "connection reset: 1", "Retry-After: 1 with", "123.0 MB at most"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
}
