package reference

import (
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/openapi"
)

// OpenAPI is `GET /api/openapi.json`: this interface, for programs.
func (h *Handlers) OpenAPI(c *kit.Call) error {
	c.SetHeader("Cache-Control", "public, max-age=300")
	return c.Body("application/json", openapi.Document())
}

// Docs is `GET /api/docs/`: the same for people, one page without scripts and
// without anything from elsewhere.
func (h *Handlers) Docs(c *kit.Call) error {
	c.SetHeader("Cache-Control", "public, max-age=300")
	c.SetHeader("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	return c.Body("text/html; charset=utf-8", openapi.Page())
}
