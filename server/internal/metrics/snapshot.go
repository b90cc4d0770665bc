package metrics

import (
	"fmt"
	"math"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// Numbers are the counts of the program since its start, for a page that shows
// them live.
type Numbers struct {
	Requests, Failed int64            // answered; of these with 5xx
	Photos           int64            // answered photos
	Verdicts         map[string]int64 // of them, by verdict
	Refused          int64            // photos that were not diagnosed
	P50, P95         float64          // seconds of answering a photo; 0: none yet
	ProcessBytes     int64            // resident
	HeapBytes        int64
	CPUSeconds       float64
}

// photoRoute is the route whose times a page shows.
const photoRoute = "/api/predict"

// Snapshot reads the counts.
func Snapshot() (Numbers, error) {
	families, err := registry.Gather()
	if err != nil {
		return Numbers{}, fmt.Errorf("cannot gather the metrics: %w", err)
	}
	n := Numbers{Verdicts: map[string]int64{}}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			n.add(f.GetName(), m)
		}
	}
	return n, nil
}

func (n *Numbers) add(name string, m *dto.Metric) {
	count := int64(m.GetCounter().GetValue())
	switch name {
	case "mangosense_requests_total":
		n.Requests += count
		if strings.HasPrefix(label(m, "status"), "5") {
			n.Failed += count
		}
	case "mangosense_diagnoses_total":
		n.Photos += count
		n.Verdicts[label(m, "verdict")] += count
	case "mangosense_photos_refused_total":
		n.Refused += count
	case "mangosense_request_duration_seconds":
		if label(m, "route") == photoRoute {
			n.P50, n.P95 = quantile(m.GetHistogram(), 0.5), quantile(m.GetHistogram(), 0.95)
		}
	case "process_resident_memory_bytes":
		n.ProcessBytes = int64(m.GetGauge().GetValue())
	case "go_memstats_heap_alloc_bytes":
		n.HeapBytes = int64(m.GetGauge().GetValue())
	case "process_cpu_seconds_total":
		n.CPUSeconds = m.GetCounter().GetValue()
	}
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// quantile is estimated within the bucket that holds it; beyond the last bucket
// it is that one's bound.
func quantile(h *dto.Histogram, q float64) float64 {
	rank := q * float64(h.GetSampleCount())
	if rank == 0 {
		return 0
	}
	below, from := uint64(0), 0.0
	for _, b := range h.GetBucket() {
		if float64(b.GetCumulativeCount()) >= rank && !math.IsInf(b.GetUpperBound(), 1) {
			in := float64(b.GetCumulativeCount() - below)
			return from + (b.GetUpperBound()-from)*(rank-float64(below))/in
		}
		if !math.IsInf(b.GetUpperBound(), 1) {
			below, from = b.GetCumulativeCount(), b.GetUpperBound()
		}
	}
	return from
}
