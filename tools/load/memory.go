package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// memory is what the server and the processes that it started hold. Resident
// counts a page shared by two processes twice, proportional once in all:
// compare servers of several processes by the second.
type memory struct {
	Processes    int   `json:"processes"`
	Before       int64 `json:"resident_before"`
	After        int64 `json:"resident_after"`
	Peak         int64 `json:"resident_peak"` // of the sum, seen every 100 ms; of a single process, its VmHWM
	PssBefore    int64 `json:"proportional_before"`
	PssAfter     int64 `json:"proportional_after"`
	PssPeak      int64 `json:"proportional_peak"` // seen once a second
	PrivateAfter int64 `json:"private_after"`
}

// watcher samples the server's memory until it is stopped.
type watcher struct {
	root int
	m    memory
	done chan struct{}
	wg   sync.WaitGroup
}

// watchServer follows process pid, or whoever listens on the port. Where that
// cannot be told (another user's process) nothing is reported.
func watchServer(pid, port int) *watcher {
	w := &watcher{root: pid, done: make(chan struct{})}
	if w.root == 0 {
		w.root = listener(port)
	}
	if w.root == 0 {
		return w
	}
	w.m.Before, w.m.PssBefore, _, _ = w.sum(true)
	w.m.Peak, w.m.PssPeak = w.m.Before, w.m.PssBefore
	w.wg.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for n := 1; ; n++ {
			select {
			case <-w.done:
				return
			case <-tick.C:
				rss, pss, _, _ := w.sum(n%10 == 0) // proportional memory is expensive to read
				w.m.Peak = max(w.m.Peak, rss)
				w.m.PssPeak = max(w.m.PssPeak, pss)
			}
		}
	})
	return w
}

func (w *watcher) stop() *memory {
	close(w.done)
	w.wg.Wait()
	if w.root == 0 {
		return nil
	}
	w.m.After, w.m.PssAfter, w.m.PrivateAfter, w.m.Processes = w.sum(true)
	w.m.PssPeak = max(w.m.PssPeak, w.m.PssAfter)
	if w.m.Processes == 1 {
		w.m.Peak = max(w.m.Peak, field(fmt.Sprintf("/proc/%d/status", w.root), "VmHWM:"))
	}
	return &w.m
}

// sum adds up the process and its descendants.
func (w *watcher) sum(proportional bool) (rss, pss, private int64, processes int) {
	for _, pid := range family(w.root) {
		n := field(fmt.Sprintf("/proc/%d/status", pid), "VmRSS:")
		if n == 0 {
			continue // it has ended meanwhile
		}
		processes++
		rss += n
		if proportional {
			rollup := fmt.Sprintf("/proc/%d/smaps_rollup", pid)
			pss += field(rollup, "Pss:")
			private += field(rollup, "Private_Clean:") + field(rollup, "Private_Dirty:")
		}
	}
	return rss, pss, private, processes
}

// field reads a line like "VmRSS:  1234 kB" as bytes, 0 when it is not there.
func field(path, name string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kb, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kb << 10
		}
	}
	return 0
}

// family is a process and all that it started, directly or not.
func family(root int) []int {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		// "pid (name) state parent …", where the name may hold anything.
		rest := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if len(rest) > 1 {
			parent, _ := strconv.Atoi(rest[1])
			children[parent] = append(children[parent], pid)
		}
	}
	all := []int{root}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// listener finds the process that listens on a port of this machine; of several
// that share the socket, the oldest, which started the others.
func listener(port int) int {
	sockets := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, _ := os.ReadFile(table)
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			if len(f) > 9 && f[3] == "0A" && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) {
				sockets["socket:["+f[9]+"]"] = true
			}
		}
	}
	found := 0
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		to, err := os.Readlink(link)
		if err != nil || !sockets[to] {
			continue
		}
		pid, _ := strconv.Atoi(strings.Split(link, "/")[2])
		if found == 0 || pid < found {
			found = pid
		}
	}
	return found
}
