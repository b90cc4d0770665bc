package app

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"mangosense/server/internal/api"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/metrics"
)

// storeEvery is how often the gate's counts are stored: what a power cut may
// lose of them.
const storeEvery = time.Minute

// gateCounts are what the gate refused since the last time that was stored. A
// refused photo leaves no record, and the metrics begin anew with the program.
type gateCounts struct{ photos, refused atomic.Int64 }

func (g *gateCounts) store(ctx context.Context, s mango.Oversight, log *slog.Logger) {
	refused, photos := g.refused.Swap(0), g.photos.Swap(0)
	if photos == 0 && refused == 0 {
		return
	}
	if err := s.AddGateCounts(ctx, mango.System, photos, refused); err != nil {
		g.photos.Add(photos)
		g.refused.Add(refused)
		log.Warn("the counts of refused photos are not stored", "error", err)
	}
}

// keep stores the counts every so often, and a last time when ctx ends.
func (g *gateCounts) keep(ctx context.Context, s mango.Oversight, log *slog.Logger) {
	ticker := time.NewTicker(storeEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			g.store(ctx, s, log)
		case <-ctx.Done():
			g.store(context.WithoutCancel(ctx), s, log)
			return
		}
	}
}

// count adds a diagnosis to the metrics and to the day's counts.
func (a *App) count(d *mango.Diagnosis) {
	a.gate.photos.Add(1)
	if d.Verdict == mango.NotMango {
		a.gate.refused.Add(1)
	}
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
