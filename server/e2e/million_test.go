package e2e_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mangosense/preprocess/photos"
)

var million = flag.Int("records", 2000, "records under TestManyRecordsInLittleMemory; make limits takes 1000000")

// TestManyRecordsInLittleMemory serves a database far larger than its memory,
// in a control group of 512 MB that counts the page cache: photos are diagnosed
// and stored while the pages of the history are read, nothing is killed, and
// nothing fails but what is refused for being too much at once.
func TestManyRecordsInLittleMemory(t *testing.T) {
	t.Parallel()
	models, dir := "MODELS_DIR="+lenient(t), t.TempDir()
	data := filepath.Join(dir, strconv.Itoa(*million))
	if r := run(t, buildTool(t, "mangosense/server/bench/store"), nil, "-keep", "-dir", dir, "-sizes", strconv.Itoa(*million)); r.code != 0 {
		t.Fatal(r.errOut)
	}
	s := startIn(t, data, models)
	group := confine(t, s.cmd.Process.Pid, memoryBound)
	access := boss(t, s).access
	s.grower()
	photo := photos.JPEG(1280, 960)
	stop := time.Now().Add(2*time.Second + time.Duration(*million/25_000)*time.Second)
	var mu sync.Mutex
	counts := map[string]int{}
	var pages []time.Duration
	var wg sync.WaitGroup
	work := func(what string, do func() answer) {
		wg.Go(func() {
			for time.Now().Before(stop) {
				at := time.Now()
				a := do()
				mu.Lock()
				counts[fmt.Sprint(what, " ", a.status)]++
				if what == "page" {
					pages = append(pages, time.Since(at))
				}
				mu.Unlock()
			}
		})
	}
	for range 3 {
		work("save", func() answer { return s.trySave(photo, s.access) })
	}
	for range 3 {
		work("page", func() answer {
			path := fmt.Sprintf("/api/classified-images/?page=%d&page_size=20", 1+rand.IntN(max(*million/20, 1)))
			return s.must("GET", path, nil, "Authorization", "Bearer "+access)
		})
	}
	wg.Wait()
	slices.Sort(pages)
	t.Logf("%d records, database of %d MB: %v; a page median %v, 99 %% %v", *million, size(t, filepath.Join(data, "mangosense.db"))>>20, counts,
		pages[len(pages)/2].Round(time.Microsecond), pages[len(pages)*99/100].Round(time.Microsecond))
	peak := peakMemory(t, s.cmd.Process.Pid)
	for _, file := range []string{"memory.peak", "memory.max_usage_in_bytes", "memory.oom_control", "memory.events"} {
		if b, err := os.ReadFile(filepath.Join(group, file)); group != "" && err == nil {
			text := strings.Join(strings.Fields(string(b)), " ")
			t.Logf("%s: %s", file, text)
			if i := strings.Index(text, "oom_kill "); i >= 0 && !strings.HasPrefix(text[i:], "oom_kill 0") {
				t.Error("the kernel killed something for want of memory")
			}
		}
	}
	t.Logf("peak resident memory %d MB (with the pages of the database that are mapped), control group %q", peak>>20, group)
	for what := range counts {
		if !strings.HasSuffix(what, " 200") && what != "save 503" {
			t.Errorf("answers: %v", counts)
			break
		}
	}
	if counts["save 200"] == 0 || counts["page 200"] == 0 {
		t.Errorf("answers: %v", counts)
	}
	if a := s.must("GET", "/api/health/", nil); a.status != http.StatusOK {
		t.Errorf("afterwards: %d %s", a.status, a.body)
	}
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return st.Size()
}
