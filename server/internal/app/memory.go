package app

import (
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
)

const (
	mb = 1 << 20
	// assumed is the memory of the smallest supported machine.
	assumed = 512 * mb
)

// share is the split of the program's memory, in bytes.
type share struct {
	total  int64  // what the program may take
	source string // where that number comes from
	decode int64  // photos being decoded
	upload int64  // photos being received
	goHeap int64  // what Go's collector keeps below
}

// The shares of the whole where no option says otherwise.
const (
	decodeShare = 4
	uploadShare = 32.0 / 3
	// leastDecode reads any baseline JPEG and any PNG that is not interlaced.
	leastDecode = 16 * mb
	// uploadBeside is what a largest photo needs beside its own bytes.
	uploadBeside = 2 * mb
)

// shareOut asks the control group for the memory available, sets Go's limit to what
// the C side (models, decoder) leaves, and logs the split. Go's own variables,
// GOMEMLIMIT and GOGC, win. A decode or upload of 0 is a share of the whole; the
// largest photo always fits.
func shareOut(limit, decode, upload, photo int64) share {
	s := share{total: limit, source: "MEMORY_LIMIT", decode: decode, upload: upload}
	if s.total == 0 {
		s.total, s.source = cgroupLimit()
	}
	if s.decode == 0 {
		s.decode = max(s.total/decodeShare, leastDecode)
	}
	if s.upload == 0 {
		s.upload = max(int64(float64(s.total)/uploadShare), photo+uploadBeside)
	}
	// Models, decoder state and page cache need memory that Go does not see.
	const native = 128 * mb
	s.goHeap = max(s.total-native-s.decode/2, s.total/4, 64*mb)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(s.goHeap)
	}
	// Photos are outside Go's heap, which is small: collecting it twice as often has
	// no measurable cost and saves 1 MB.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
	return s
}

// cgroupLimit is the least memory bound of this process's control group and
// those above it, version 2 or 1.
func cgroupLimit() (int64, string) {
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return assumed, "assumed"
	}
	least := int64(math.MaxInt64)
	for line := range strings.Lines(string(groups)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(parts) != 3:
		case parts[0] == "0": // version 2
			least = min(least, boundAbove("/sys/fs/cgroup", parts[2], "memory.max"))
		case slices.Contains(strings.Split(parts[1], ","), "memory"):
			least = min(least, boundAbove("/sys/fs/cgroup/memory", parts[2], "memory.limit_in_bytes"))
		}
	}
	if least > unbounded {
		return assumed, "assumed"
	}
	return least, "control group"
}

// unbounded is more than any machine this program serves has; version 1 writes
// a number of that size for "no bound".
const unbounded = 1 << 46

// boundAbove reads file in the group and in each one above it. Inside a
// container the path may not exist; its root then has the bound.
func boundAbove(root, group, file string) int64 {
	least := int64(math.MaxInt64)
	for dir := filepath.Clean("/" + group); ; dir = filepath.Dir(dir) {
		if data, err := os.ReadFile(filepath.Join(root, dir, file)); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64); err == nil && n > 0 {
				least = min(least, n)
			}
		}
		if dir == "/" {
			return least
		}
	}
}
