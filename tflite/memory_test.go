package tflite_test

import (
	"bufio"
	"errors"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"mangosense/tflite"
)

// overwrite cuts a file to nothing and writes other bytes over it.
func overwrite(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
}

// resident is the memory of this process in bytes.
func resident(t *testing.T) int {
	t.Helper()
	debug.FreeOSMemory() // what Go holds in reserve is not what is looked for
	n, err := residentBytes()
	if err != nil {
		t.Skip(err)
	}
	return n
}

// residentBytes reads VmRSS.
func residentBytes() (int, error) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), "VmRSS:"); ok {
			kb, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(rest, "kB")))
			return kb << 10, err
		}
	}
	return 0, errors.New("no VmRSS here")
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(entries)
}

// 1,000 cycles may grow the process by 5 MB. The small model runs them all; the
// real one, which takes a minute, 60 of them with a lower limit, and all
// when TFLITE_CYCLES says so.
func TestOpenAndCloseDoNotGrowMemory(t *testing.T) {
	const limit = 5 << 20
	for _, c := range []struct {
		name   string
		path   func(testing.TB) string
		cycles int
		limit  int
	}{
		{"two heads", func(t testing.TB) string { return write(t, "heads.tflite", twoHeads()) }, 1000, limit},
		// What the allocator keeps does not shrink in proportion: 600 cycles keep
		// no more than 60, which keep 1 to 4 MB. An interpreter is 4 MB each time.
		{"leaf", real, 60, 12 << 20},
		{"refused", func(t testing.TB) string { return write(t, "inputs.tflite", twoInputs()) }, 1000, limit}, // once it is built
	} {
		t.Run(c.name, func(t *testing.T) {
			path, cycles, limit := c.path(t), c.cycles, c.limit
			if n, err := strconv.Atoi(os.Getenv("TFLITE_CYCLES")); err == nil && n > 0 {
				cycles, limit = n, 5<<20
			} else if testing.Short() {
				cycles = min(cycles, 50)
			}
			cycle := func() {
				m, err := tflite.Open(path, tflite.Config{})
				if err == nil {
					err = m.Close()
				}
				if (err != nil) != (c.name == "refused") {
					t.Fatal(err)
				}
			}
			for range 10 + cycles/10 {
				cycle()
			}
			before, files := resident(t), openFiles(t)
			for range cycles {
				cycle()
			}
			grown := resident(t) - before
			t.Logf("%d cycles: %d KB", cycles, grown>>10)
			if grown > limit {
				t.Errorf("%d cycles grow the process by %d KB, %d are allowed", cycles, grown>>10, limit>>10)
			}
			if n := openFiles(t); n > files {
				t.Errorf("%d files stay open", n-files)
			}
		})
	}
}
