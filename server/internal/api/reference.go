package api

import (
	"github.com/valyala/fasthttp"

	"mangosense/server/internal/openapi"
)

// openAPI is `GET /api/openapi.json`: this interface, for programs.
func (s *Server) openAPI(ctx *fasthttp.RequestCtx) {
	ctx.Response.Header.Set("Cache-Control", "public, max-age=300")
	ctx.SetContentType("application/json")
	ctx.SetBody(openapi.Document())
}

// docs is `GET /api/docs/`: the same for people, one page without scripts and
// without anything from elsewhere.
func (s *Server) docs(ctx *fasthttp.RequestCtx) {
	ctx.Response.Header.Set("Cache-Control", "public, max-age=300")
	ctx.Response.Header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	ctx.SetContentType("text/html; charset=utf-8")
	ctx.SetBody(openapi.Page())
}
