// Package reference answers about the server itself: whether it is well, what
// it counts, and how its interface is used.
//
// A question about its state may meet a stalled disk or a lock that nobody
// gives back: it is answered in time all the same, see inquiry.go. Causes stay
// in the log; counts are the operator's alone.
package reference

import (
	"io"
	"log/slog"
	"sync/atomic"
)

// Config is what the handlers need.
type Config struct {
	Health       func() Health // may hang
	Ready        func() error  // nil: a photo sent now would be diagnosed; may hang
	Version      string
	WriteMetrics func(io.Writer)
	Log          *slog.Logger

	MetricsAccess string // MetricsLocal, MetricsToken or MetricsOpen; empty: administrators alone
	MetricsToken  string // also lets in; empty: there is none
}

// Handlers answer the routes.
type Handlers struct {
	cfg      Config
	health   *inquiry[Health]
	models   *inquiry[error]
	draining atomic.Bool
}

// New makes the handlers of one server.
func New(cfg Config) *Handlers {
	return &Handlers{cfg: cfg, health: newInquiry(cfg.Health, cfg.Log), models: newInquiry(cfg.Ready, cfg.Log)}
}

// Drain says that the server is about to stop: it is not ready any more.
func (h *Handlers) Drain() { h.draining.Store(true) }
