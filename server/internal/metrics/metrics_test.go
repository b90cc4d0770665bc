package metrics_test

import (
	"bytes"
	"math"
	"os/exec"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"mangosense/server/internal/metrics"
)

// written counts one of everything and returns what `/metrics` answers.
func written(t *testing.T) []byte {
	t.Helper()
	for _, took := range []time.Duration{0, time.Millisecond, 30 * time.Millisecond, time.Second, time.Hour} {
		metrics.Request("POST", "/api/predict/", 200, took)
		metrics.Step("infer", took)
	}
	metrics.Diagnosis("leaf", "known", `a "quoted" class`)
	metrics.Refused("INVALID_IMAGE")
	metrics.BadField("symptoms_data")
	metrics.Gauge("mangosense_test_bytes", "A gauge of the tests.", func() float64 { return 1 })
	metrics.Gauge("mangosense_test_bytes", "A gauge of the tests.", func() float64 { return 7 })
	var b bytes.Buffer
	if err := metrics.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Prometheus adds up and compares buckets by `le`: they must have fixed
// bounds, rise, and end with all observations.
func TestHistogramsHaveBucketsForPrometheus(t *testing.T) {
	text := written(t)
	if bytes.Contains(text, []byte("vmrange")) {
		t.Error("vmrange buckets mean nothing to Prometheus")
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("Prometheus' parser: %v", err)
	}
	for name, least := range map[string]uint64{"mangosense_request_duration_seconds": 5, "mangosense_photo_step_seconds": 5} {
		f := families[name]
		if f == nil || f.GetType() != dto.MetricType_HISTOGRAM {
			t.Errorf("%s is no histogram: %v", name, f)
			continue
		}
		for _, m := range f.Metric {
			checkBuckets(t, name, m.GetHistogram(), least)
		}
	}
	if g := families["mangosense_test_bytes"]; g == nil || len(g.Metric) != 1 || g.Metric[0].GetGauge().GetValue() != 7 {
		t.Errorf("a gauge given again is not replaced: %v", g)
	}
	for name, f := range families {
		if f.GetHelp() == "" || f.GetType() == dto.MetricType_UNTYPED {
			t.Errorf("%s has no help or no type", name)
		}
	}
}

func checkBuckets(t *testing.T, name string, h *dto.Histogram, least uint64) {
	t.Helper()
	bound, count := math.Inf(-1), uint64(0)
	for _, b := range h.Bucket {
		if b.GetUpperBound() <= bound || b.GetCumulativeCount() < count {
			t.Errorf("%s: bucket le=%g with %d follows le=%g with %d", name, b.GetUpperBound(), b.GetCumulativeCount(), bound, count)
		}
		bound, count = b.GetUpperBound(), b.GetCumulativeCount()
	}
	if !math.IsInf(bound, 1) || count != h.GetSampleCount() || count < least {
		t.Errorf("%s: the last bucket is le=%g with %d of %d", name, bound, count, h.GetSampleCount())
	}
}

// TestPromtool asks Prometheus' own checker (Debian package prometheus).
func TestPromtool(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian package prometheus)")
	}
	cmd := exec.Command(promtool, "check", "metrics")
	cmd.Stdin = bytes.NewReader(written(t))
	if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "" {
		t.Errorf("%v: %s", err, out)
	}
}
