package app

import (
	"io"

	"mangosense/server/internal/api"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/metrics"
)

// count adds a diagnosis to the metrics.
func count(d *mango.Diagnosis) {
	metrics.Diagnosis(string(d.Kind), string(d.Verdict), d.Disease)
	metrics.Step("wait", d.Timings.Wait)
	metrics.Step("decode", d.Timings.Decode)
	metrics.Step("resize", d.Timings.Resize)
	metrics.Step("infer", d.Timings.Infer)
}

// health is what `/api/health/` shows of the store.
func (a *App) health() api.Health {
	h := a.records.Store.Health()
	return api.Health{Store: h.Whole(), ImageCount: h.Records}
}

// ready is nil while a model answers.
func (a *App) ready() error {
	if len(a.diagnoser.Models()) == 0 {
		return diagnose.ErrNoModel
	}
	return nil
}

// gauges show the state of the queues.
func (a *App) gauges() {
	metrics.Gauge("mangosense_photos_running", "Photos that are decoded and diagnosed now.",
		func() float64 { n, _, _ := a.diagnoser.Load(); return float64(n) })
	metrics.Gauge("mangosense_photos_waiting", "Photos that wait for a place.",
		func() float64 { _, n, _ := a.diagnoser.Load(); return float64(n) })
	metrics.Gauge("mangosense_decode_bytes", "Memory that the photos being decoded may take.",
		func() float64 { _, _, n := a.diagnoser.Load(); return float64(n) })
	metrics.Gauge("mangosense_upload_bytes", "Memory that requests hold: bodies, fields, what parsing makes of them.",
		func() float64 { n, _ := a.api.Memory(); return float64(n) })
	metrics.Gauge("mangosense_requests_evicted", "Requests ended so far because others waited for the memory they held.",
		func() float64 { _, n := a.api.Memory(); return float64(n) })
}

// writeMetrics is the body of `/metrics`.
func (a *App) writeMetrics(w io.Writer) {
	if err := metrics.Write(w); err != nil {
		a.log.Error("metrics", "error", err)
	}
}
