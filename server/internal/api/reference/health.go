package reference

import (
	"errors"

	"mangosense/server/internal/api/kit"
)

const service = "mangosense-backend"

// Health is how the store is.
type Health struct {
	Store      error // nil: usable, and all of it
	ImageCount int
}

var errLate = errors.New("no answer in time")

// Root answers probes and the connection test: the process is there.
func (h *Handlers) Root(c *kit.Call) error {
	return c.JSON(200, map[string]string{"status": "healthy", "service": service, "timestamp": kit.Now()})
}

// ShowHealth looks at store and interpreters; 503 when one is unusable. The cause
// stays in the log.
func (h *Handlers) ShowHealth(c *kit.Call) error {
	models := h.Usable()
	store, ok := h.health.answer()
	if !ok {
		store.Store = errLate
	}
	body := map[string]any{
		"status": "healthy", "service": service, "database": "connected", "models": "accessible",
		"image_count": store.ImageCount, "timestamp": kit.Now(), "version": h.cfg.Version,
	}
	code := 200
	if store.Store != nil {
		body["database"], body["status"], body["error"] = "unavailable", "unhealthy", "The database is not usable."
		code = 503
		h.cfg.Log.Warn("health: store is not usable", "error", store.Store)
	}
	if models != nil {
		body["models"], body["status"], body["error"] = "unavailable", "unhealthy", "The models are not usable."
		code = 503
		h.cfg.Log.Warn("health: models are not usable", "error", models)
	}
	return c.JSON(code, body)
}

// Usable is nil while the models can be used.
func (h *Handlers) Usable() error {
	err, ok := h.models.answer()
	if !ok {
		return errLate
	}
	return err
}

// Refuses reports whether a photo sent now would be refused.
func (h *Handlers) Refuses() bool { return h.draining.Load() || h.Usable() != nil }

// Live says that the process answers at all.
func (h *Handlers) Live(c *kit.Call) error {
	return c.JSON(200, map[string]string{"status": "alive"})
}

// Ready says that a photo sent now would be diagnosed.
func (h *Handlers) Ready(c *kit.Call) error {
	if h.Refuses() {
		return c.JSON(503, map[string]string{"status": "not ready"})
	}
	return c.JSON(200, map[string]string{"status": "ready"})
}
