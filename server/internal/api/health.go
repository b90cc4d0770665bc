package api

import (
	"errors"

	"github.com/valyala/fasthttp"
)

const service = "mangosense-backend"

// Health is how the store is.
type Health struct {
	Store      error // nil: usable, and all of it
	ImageCount int
}

var errLate = errors.New("no answer in time")

// root answers probes and the connection test: the process is there.
func (s *Server) root(ctx *fasthttp.RequestCtx) {
	writeJSON(ctx, fasthttp.StatusOK, map[string]string{"status": "healthy", "service": service, "timestamp": now()})
}

// showHealth looks at store and interpreters; 503 when one is unusable. The cause
// stays in the log.
func (s *Server) showHealth(ctx *fasthttp.RequestCtx) {
	models := s.usable()
	h, ok := s.health.answer()
	if !ok {
		h.Store = errLate
	}
	body := map[string]any{
		"status": "healthy", "service": service, "database": "connected", "models": "accessible",
		"image_count": h.ImageCount, "timestamp": now(), "version": s.cfg.Version,
	}
	code := fasthttp.StatusOK
	if h.Store != nil {
		body["database"], body["status"], body["error"] = "unavailable", "unhealthy", "The database is not usable."
		code = fasthttp.StatusServiceUnavailable
		s.log.Warn("health: store is not usable", "error", h.Store)
	}
	if models != nil {
		body["models"], body["status"], body["error"] = "unavailable", "unhealthy", "The models are not usable."
		code = fasthttp.StatusServiceUnavailable
		s.log.Warn("health: models are not usable", "error", models)
	}
	writeJSON(ctx, code, body)
}

// usable is nil while the models can be used.
func (s *Server) usable() error {
	err, ok := s.models.answer()
	if !ok {
		return errLate
	}
	return err
}

// live says that the process answers at all.
func (s *Server) live(ctx *fasthttp.RequestCtx) {
	writeJSON(ctx, fasthttp.StatusOK, map[string]string{"status": "alive"})
}

// ready says that a photo sent now would be diagnosed.
func (s *Server) ready(ctx *fasthttp.RequestCtx) {
	if s.draining.Load() || s.usable() != nil {
		writeJSON(ctx, fasthttp.StatusServiceUnavailable, map[string]string{"status": "not ready"})
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, map[string]string{"status": "ready"})
}
