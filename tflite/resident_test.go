package tflite_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mangosense/tflite"
)

const residentChild = "TFLITE_TEST_RESIDENT"

// printResident opens every model at the paths, runs each once and prints the
// process's resident bytes. It runs in a process of its own.
func printResident(paths string) {
	cfg := tflite.Config{}
	if os.Getenv(residentChild+"_KEEP") != "" {
		cfg = tflite.KeepFile(cfg)
	}
	for path := range strings.SplitSeq(paths, ":") {
		m, err := tflite.Open(path, cfg)
		check(err)
		outputs := make([][]byte, len(m.Info().Outputs))
		check(m.Run(context.Background(), noise(m.Info().Input.Bytes(), 1), outputs))
	}
	debug.FreeOSMemory()
	n, err := residentBytes()
	check(err)
	fmt.Println(n)
}

// BenchmarkResident compares the resident memory of a process that holds all
// models with and without the pages of packed weights: one process each by
// turns, medians.
func BenchmarkResident(b *testing.B) {
	paths, err := filepath.Glob(filepath.Join("..", "models", "*.tflite"))
	if err != nil || len(paths) == 0 {
		b.Skip("needs the trained models")
	}
	sizes := map[string][]float64{}
	for b.Loop() {
		for _, keep := range []string{"", "1"} {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), residentChild+"="+strings.Join(paths, ":"), residentChild+"_KEEP="+keep)
			out, err := cmd.Output()
			if err != nil {
				b.Fatal(err)
			}
			n, err := strconv.Atoi(strings.TrimSpace(string(out)))
			if err != nil {
				b.Fatal(err)
			}
			sizes[keep] = append(sizes[keep], float64(n)/(1<<20))
		}
	}
	median := func(keep string) float64 {
		slices.Sort(sizes[keep])
		return sizes[keep][len(sizes[keep])/2]
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(""), "emptied-MB")
	b.ReportMetric(median("1"), "kept-MB")
	b.ReportMetric(median("1")-median(""), "difference-MB")
}
