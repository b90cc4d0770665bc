package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"mangosense/preprocess/photos"
)

const memoryBound = 512 << 20

// TestFlood sends 32 photos of 12 MP at once, several rounds: every one gets
// an answer (200, or 503 with Retry-After), and the program stays inside
// 512 MB, in a control group of that size where one can be made.
func TestFlood(t *testing.T) {
	t.Parallel()
	// All photos are the same one. A busy machine may be slow: what is asked is
	// whether everybody is answered.
	s := start(t, "ANSWER_CACHE=0", "REQUEST_TIMEOUT=10m", "STALL_TIMEOUT=2m", "UPLOAD_TIMEOUT=10m")
	group := confine(t, s.cmd.Process.Pid, memoryBound)
	photo := photos.JPEG(4000, 3000)
	const clients, rounds = 32, 2
	var mu sync.Mutex
	counts := map[int]int{}
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for range rounds {
				body, kind := form(t, photo, "detection_type", "leaf", "preview_only", "true")
				req, err := http.NewRequest("POST", s.url+"/api/predict/", body)
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("Content-Type", kind)
				a, err := s.do(req)
				if err != nil {
					t.Errorf("a photo was lost without an answer: %v", err)
					return
				}
				if a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") == "" {
					t.Error("503 without Retry-After")
				}
				mu.Lock()
				counts[a.status]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	peak := peakMemory(t, s.cmd.Process.Pid)
	t.Logf("answers %v, peak resident memory %d MB, control group %q", counts, peak>>20, group)
	if peak > memoryBound {
		t.Errorf("peak resident memory is %d bytes", peak)
	}
	if counts[http.StatusOK] == 0 || counts[http.StatusOK]+counts[http.StatusServiceUnavailable] != clients*rounds {
		t.Errorf("answers %v, want 200 and 503 only", counts)
	}
	if a := s.must("GET", "/api/health/", nil); a.status != http.StatusOK {
		t.Errorf("after the flood: %d %s", a.status, a.body)
	}
}

// tell writes to a file that is there: where no control groups are mounted, a
// new file would only look like one.
func tell(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// confine puts a process into a control group with a memory bound and gives its
// folder; empty where that is not possible: it needs root.
func confine(t *testing.T, pid int, bound int64) string {
	t.Helper()
	name := fmt.Sprintf("mangosense-test-%d", pid)
	for _, c := range []struct{ root, file string }{
		{"/sys/fs/cgroup", "memory.max"},
		{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
	} {
		dir := filepath.Join(c.root, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			continue
		}
		t.Cleanup(func() { os.Remove(dir) }) // once the process has left it
		if tell(filepath.Join(dir, c.file), strconv.FormatInt(bound, 10)) != nil || tell(filepath.Join(dir, "cgroup.procs"), strconv.Itoa(pid)) != nil {
			continue
		}
		return dir
	}
	return ""
}

// peakMemory is the most resident memory a process ever had, in bytes.
func peakMemory(t *testing.T, pid int) int64 { return statusField(t, pid, "VmHWM:") }

// statusField reads a kB field of /proc/<pid>/status.
func statusField(t *testing.T, pid int, field string) int64 {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		if rest, ok := bytes.CutPrefix(line, []byte(field)); ok {
			n, err := strconv.ParseInt(strings.Fields(string(rest))[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n << 10
		}
	}
	t.Fatalf("no %s in /proc/%d/status", field, pid)
	return 0
}
