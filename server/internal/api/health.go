package api

import (
	"github.com/valyala/fasthttp"
)

const service = "mangosense-backend"

// Health is what the program knows of its own state.
type Health struct {
	Store      error // nil: usable
	Models     error // nil: every model has its interpreters
	ImageCount int
	Version    string
}

// root answers probes and the connection test: the process is there.
func (s *Server) root(ctx *fasthttp.RequestCtx) {
	writeJSON(ctx, fasthttp.StatusOK, map[string]string{"status": "healthy", "service": service, "timestamp": now()})
}

// health looks at store and interpreters; 503 when one is unusable. The cause
// stays in the log.
func (s *Server) health(ctx *fasthttp.RequestCtx) {
	h := s.cfg.Health()
	body := map[string]any{
		"status": "healthy", "service": service, "database": "connected", "models": "accessible",
		"image_count": h.ImageCount, "timestamp": now(), "version": h.Version,
	}
	code := fasthttp.StatusOK
	if h.Store != nil {
		body["database"], body["status"], body["error"] = "unavailable", "unhealthy", "The database is not usable."
		code = fasthttp.StatusServiceUnavailable
		s.log.Warn("health: store is not usable", "error", h.Store)
	}
	if h.Models != nil {
		body["models"], body["status"], body["error"] = "unavailable", "unhealthy", "The models are not usable."
		code = fasthttp.StatusServiceUnavailable
		s.log.Warn("health: models are not usable", "error", h.Models)
	}
	writeJSON(ctx, code, body)
}

// live says that the process answers at all.
func (s *Server) live(ctx *fasthttp.RequestCtx) {
	writeJSON(ctx, fasthttp.StatusOK, map[string]string{"status": "alive"})
}

// ready says that a photo sent now would be diagnosed.
func (s *Server) ready(ctx *fasthttp.RequestCtx) {
	if s.draining.Load() || s.cfg.Health().Models != nil {
		writeJSON(ctx, fasthttp.StatusServiceUnavailable, map[string]string{"status": "not ready"})
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, map[string]string{"status": "ready"})
}
