package metrics_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"mangosense/server/internal/metrics"
)

// TestRecent keeps whole lines, the newest, within its bound.
func TestRecent(t *testing.T) {
	r := metrics.NewRecent(100)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() { fmt.Fprintf(r, "line %06d\n", i) }) // 12 bytes
	}
	all.Wait()
	if n, err := r.Write([]byte(strings.Repeat("x", 200))); n != 200 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	fmt.Fprint(r, "the last\n")
	got := string(r.Bytes())
	if len(got) > 100 || !strings.HasPrefix(got, "line ") || !strings.HasSuffix(got, "the last\n") || strings.Count(got, "line") != 7 {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}

// TestSnapshot finds what was counted.
func TestSnapshot(t *testing.T) {
	before, err := metrics.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		metrics.Request("POST", "/api/predict", 200, 200*1e6)
	}
	metrics.Request("POST", "/api/predict", 503, 200*1e6)
	metrics.Diagnosis("leaf", "not_mango", "Unknown")
	metrics.Refused("TOO_LARGE")
	n, err := metrics.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if n.Requests-before.Requests != 11 || n.Failed-before.Failed != 1 || n.Photos-before.Photos != 1 || n.Refused-before.Refused != 1 || n.Verdicts["not_mango"] < 1 {
		t.Errorf("%+v after %+v", n, before)
	}
	if n.P50 < 0.1 || n.P50 > 0.25 || n.P95 < n.P50 || n.P95 > 0.25 || n.ProcessBytes == 0 || n.HeapBytes == 0 {
		t.Errorf("%+v", n)
	}
}
