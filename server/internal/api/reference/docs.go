package reference

import (
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/openapi"
)

// OpenAPI is `GET /api/openapi.json`: this interface, for programs.
func (h *Handlers) OpenAPI(c *kit.Call) error {
	return squeezed(c, "application/json", openapi.Document(), openapi.DocumentGzip())
}

// Docs is `GET /api/docs/`: the same for people, one page without scripts and
// without anything from elsewhere.
func (h *Handlers) Docs(c *kit.Call) error {
	c.SetHeader("Content-Security-Policy", "default-src 'none'; style-src "+openapi.PageStyle()+"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	return squeezed(c, "text/html; charset=utf-8", openapi.Page(), openapi.PageGzip())
}

// squeezed answers compressed whoever says that it takes gzip.
func squeezed(c *kit.Call, kind string, plain, gzip []byte) error {
	c.SetHeader("Cache-Control", "public, max-age=300")
	c.SetHeader("Vary", "Origin, Accept-Encoding")
	if kit.Quality(c.Header("Accept-Encoding"), "gzip") == 0 {
		return c.Static(kind, plain)
	}
	c.SetHeader("Content-Encoding", "gzip")
	return c.Static(kind, gzip)
}
