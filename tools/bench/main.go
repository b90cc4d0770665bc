// Command bench measures the built program against the naive way to do the
// same, in one run on one machine, and prints docs/benchmarks.md's tables.
//
// It is not a test: nothing passes or fails by a time. Every figure is a
// median with its spread (the middle half), or a ratio of two medians of the
// same run.
//
// Usage: make bench (or: go run ./tools/bench -bin bin/mangosense -naive bin/naive)
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

func main() {
	b := bench{}
	flag.StringVar(&b.bin, "bin", "bin/mangosense", "the built program")
	flag.StringVar(&b.naive, "naive", "bin/naive", "the naive peer (tools/peers/naive); empty: left out")
	flag.StringVar(&b.floor, "floor", "bin/floor", "the floor in C (tools/peers/floor); empty or missing: left out")
	flag.StringVar(&b.models, "models", "models", "models folder")
	flag.IntVar(&b.runs, "runs", 15, "runs of each measurement")
	flag.Parse()
	if err := b.all(); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// bench is one run of all measurements.
type bench struct {
	bin, naive, floor, models string
	runs                      int
	dir                       string
}

func (b *bench) all() error {
	dir, err := os.MkdirTemp("", "mangosense-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.dir = dir
	fmt.Printf("Machine: %s, %d cores; %s; commit %s; %s.\n\n", cpu(), runtime.NumCPU(), runtime.Version(), commit(), time.Now().UTC().Format("2006-01-02"))
	for _, step := range []func() error{b.photos, b.start, b.flood} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func cpu() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(line, ":"); ok && (strings.HasPrefix(name, "model name") || strings.HasPrefix(name, "Model")) {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// environment is what every started program gets.
func (b *bench) environment(extra ...string) []string {
	models, err := filepath.Abs(b.models)
	if err != nil {
		models = b.models
	}
	return append(append(os.Environ(), "MODELS_DIR="+models, "RATE_LIMIT=off", "ACCESS_LOG=false"), extra...)
}
