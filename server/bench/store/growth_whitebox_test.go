package main

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestRunMeasures runs a small round; MANGOSENSE_BENCH_SIZES=1000,100000,1000000
// makes it the real one.
func TestRunMeasures(t *testing.T) {
	cfg := Config{Dir: t.TempDir(), Sizes: []int{200, 2000}, Reads: 30}
	if list := os.Getenv("MANGOSENSE_BENCH_SIZES"); list != "" {
		cfg = Config{Dir: t.TempDir()}
		for _, n := range strings.Split(list, ",") {
			size, err := strconv.Atoi(n)
			if err != nil {
				t.Fatal(err)
			}
			cfg.Sizes = append(cfg.Sizes, size)
		}
	}
	rows, err := Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := Table(&out, rows); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + out.String())
	if len(rows) != len(cfg.Sizes) {
		t.Errorf("%d rows", len(rows))
	}
}
