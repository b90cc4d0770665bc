package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mangosense/preprocess/photos"
)

// idleConnections opens connections that say nothing, from an address of this
// machine.
func idleConnections(t *testing.T, s *server, from string, n int) (all []net.Conn) {
	t.Helper()
	d := net.Dialer{Timeout: 20 * time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	for range n {
		c, err := d.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatalf("connection %d of %d: %v", len(all)+1, n, err)
		}
		t.Cleanup(func() { c.Close() })
		all = append(all, c)
	}
	return all
}

// diagnosed sends a photo over a connection of its own.
func (s *server) diagnosed(fields ...string) answer {
	s.t.Helper()
	body, kind := form(s.t, photos.JPEG(640, 480), append([]string{"detection_type", "leaf"}, fields...)...)
	return s.must("POST", "/api/predict/", body, "Content-Type", kind, "Connection", "close")
}

// filesOf are the descriptors that a program has open.
func filesOf(t *testing.T, pid int) (numbers []int) {
	t.Helper()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Skip("no /proc: ", err)
	}
	for _, e := range open {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// lowerFiles forbids a running program to open a descriptor of this number or a
// higher one. Those that are open stay.
func lowerFiles(t *testing.T, pid, number int) (restore func()) {
	t.Helper()
	var before unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &before); err != nil {
		t.Skip("cannot bound open files: ", err)
	}
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: uint64(number), Max: before.Max}, nil); err != nil {
		t.Skip("cannot bound open files: ", err)
	}
	return func() {
		if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &before, nil); err != nil {
			t.Error(err)
		}
	}
}

// startLimited is start under `ulimit -n`.
func startLimited(t *testing.T, files int, env ...string) *server {
	t.Helper()
	plain := binary
	wrapper := t.TempDir() + "/limited"
	script := fmt.Sprintf("#!/bin/sh\nulimit -n %d\nexec %s \"$@\"\n", files, plain)
	if err := os.WriteFile(wrapper, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("sh", "-c", fmt.Sprintf("ulimit -n %d", files)).Run(); err != nil {
		t.Skip("this machine does not give ", files, " descriptors: ", err)
	}
	binary = wrapper
	defer func() { binary = plain }()
	return start(t, env...)
}

// 1,021 connections that say nothing, with 1,024 descriptors: health answers, a
// photo is diagnosed, and the log stays short. So it is with 256.
func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	for name, c := range map[string]struct {
		files int
		env   []string
	}{
		"1024 descriptors":          {1024, nil},
		"256 descriptors":           {256, nil},
		"256, behind trusted proxy": {256, []string{"TRUSTED_PROXIES=127.0.0.0/8"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := startLimited(t, c.files, c.env...)
			kept := idleConnections(t, s, "127.0.0.77", 1)[0]
			idleConnections(t, s, "127.0.0.1", 600)
			idleConnections(t, s, "127.0.0.2", 421)
			for range 3 {
				if a := s.must("GET", "/health/", nil, "Connection", "close"); a.status != http.StatusOK {
					t.Errorf("health: %d", a.status)
				}
				if a := s.must("GET", "/readyz", nil, "Connection", "close"); a.status != http.StatusOK {
					t.Errorf("ready: %d", a.status)
				}
			}
			if a := s.diagnosed("preview_only", "true"); a.status != http.StatusOK {
				t.Errorf("predict: %d %s", a.status, a.body)
			}
			if len(c.env) == 0 { // two addresses' shares leave the third alone
				fmt.Fprintf(kept, "GET /health/ HTTP/1.1\r\nHost: x\r\n\r\n")
				kept.SetReadDeadline(time.Now().Add(20 * time.Second))
				if line, err := bufio.NewReader(kept).ReadString('\n'); !strings.Contains(line, "200") {
					t.Errorf("the third address's connection: %q, %v", line, err)
				}
			}
			if n := strings.Count(s.logged(), "connection"); n > 10 {
				t.Errorf("%d lines on connections:\n%s", n, s.logged())
			}
		})
	}
}

// With every descriptor taken an idle connection's is given up, or a spare one:
// health answers, a photo is diagnosed, and the log stays short.
func TestEveryDescriptorTaken(t *testing.T) {
	s := start(t)
	s.must("GET", "/health/", nil, "Connection", "close")
	idleConnections(t, s, "127.0.0.1", 20) // they take the numbers that were free between others
	s.must("GET", "/health/", nil, "Connection", "close")
	defer lowerFiles(t, s.cmd.Process.Pid, slices.Max(filesOf(t, s.cmd.Process.Pid))+1)()
	began := time.Now()
	for range 30 {
		if a := s.must("GET", "/health/", nil, "Connection", "close"); a.status != http.StatusOK {
			t.Errorf("health: %d", a.status)
		}
	}
	if a := s.diagnosed("preview_only", "true"); a.status != http.StatusOK {
		t.Errorf("predict: %d %s", a.status, a.body)
	}
	if n := strings.Count(s.logged(), "cannot accept"); n > int(time.Since(began)/time.Second)+2 {
		t.Errorf("%d lines in %v", n, time.Since(began))
	}
}

// A program that can open nothing diagnoses over the connections that it has,
// refuses a save with an error, has nothing half stored, and goes on afterwards.
func TestNothingCanBeOpened(t *testing.T) {
	s := start(t, "MODELS_DIR="+lenient(t))
	access := s.grower()
	client := http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	send := func(photo []byte, preview string) answer {
		body, kind := form(t, photo, "detection_type", "leaf", "preview_only", preview)
		req, err := http.NewRequest("POST", s.url+"/api/predict/", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Authorization", "Bearer "+access)
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		a := answer{status: resp.StatusCode}
		if a.body, err = io.ReadAll(resp.Body); err != nil {
			t.Fatal(err)
		}
		json.Unmarshal(a.body, &a.json)
		return a
	}
	photo := photos.JPEG(320, 240)
	if a := send(photo, "true"); a.status != http.StatusOK {
		t.Fatalf("predict: %d %s", a.status, a.body)
	}
	restore := lowerFiles(t, s.cmd.Process.Pid, 3)
	if a := send(photos.JPEG(330, 240), "true"); a.status != http.StatusOK {
		t.Errorf("predict without descriptors: %d %s", a.status, a.body)
	}
	a := send(photo, "false")
	if stored, _ := at(a.json, "data", "saved_image_id").(float64); stored > 0 || bytes.Contains(a.body, []byte("too many open files")) {
		t.Errorf("a save without descriptors: %d %s", a.status, a.body)
	}
	t.Logf("a save without descriptors: %d %.200s", a.status, a.body)
	restore()
	if a := send(photos.JPEG(340, 240), "false"); a.status != http.StatusOK {
		t.Errorf("a save afterwards: %d %s", a.status, a.body)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if r := command(t, []string{"DATA_DIR=" + s.data, "MODELS_DIR=" + needModels(t)}, "check"); r.code != 0 {
		t.Errorf("check: %s%s", r.out, r.errOut)
	}
}

// Slow heads hold no place: whoever sends whole requests is answered.
func TestSlowHeadsKeepNobodyOut(t *testing.T) {
	s := startLimited(t, 128)
	for i, c := range idleConnections(t, s, "127.0.0.3", 200) {
		if _, err := io.Copy(c, bytes.NewReader([]byte("GET /health/ HTTP/1.1\r\nHost: "))); err != nil && i > 150 {
			t.Error(err)
		}
	}
	if a := s.must("GET", "/health/", nil, "Connection", "close"); a.status != http.StatusOK {
		t.Errorf("health: %d", a.status)
	}
}

// When every place is taken by a request under way, health is answered and a
// photo is refused with what to do; afterwards it is diagnosed.
func TestBusyConnectionsLeaveHealth(t *testing.T) {
	s := startLimited(t, 64, "STALL_TIMEOUT=1m")
	begun := "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n" + strings.Repeat("x", 200_000)
	held := []net.Conn{}
	for i := range 12 { // more of each address than its share
		for _, c := range idleConnections(t, s, fmt.Sprintf("127.0.1.%d", i+1), 6) {
			fmt.Fprintf(c, "POST /api/predict/ HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 300000\r\n\r\n%s", begun)
			held = append(held, c)
		}
	}
	req, err := http.NewRequest("GET", s.url+"/api/notifications/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Connection", "close")
	for deadline := time.Now().Add(20 * time.Second); ; { // the last of them may still be on its way
		a, err := s.do(req)
		if err == nil && a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("another request: %d %s, %v", a.status, a.body, err)
		}
	}
	for range 5 {
		if a := s.must("GET", "/health/", nil, "Connection", "close"); a.status != http.StatusOK {
			t.Errorf("health: %d", a.status)
		}
	}
	for _, c := range held {
		c.Close()
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		a, err := s.do(req)
		if err == nil && a.status == http.StatusUnauthorized {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("once they are gone: %d %s, %v", a.status, a.body, err)
		}
	}
}
