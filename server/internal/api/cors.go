package api

import (
	"slices"
	"strings"

	"github.com/valyala/fasthttp"
)

// knownOrigins are those of the mobile apps and of local development; further
// ones come by option.
var knownOrigins = []string{
	"http://localhost", "https://localhost", "capacitor://localhost", "ionic://localhost",
	"http://localhost:8100", "http://127.0.0.1:8100", "http://localhost:8101", "http://127.0.0.1:8101",
	"http://localhost:4200", "http://127.0.0.1:4200", "http://localhost:3000", "http://127.0.0.1:3000",
}

const (
	corsMethods = "DELETE, GET, OPTIONS, PATCH, POST, PUT"
	corsHeaders = "accept, accept-encoding, authorization, content-type, dnt, idempotency-key, origin, user-agent, x-csrftoken, x-requested-with, " +
		"access-control-allow-origin, access-control-allow-methods, access-control-allow-headers"
	corsMaxAge = "86400"
)

// cors says which web origins may read this server's answers.
type cors struct {
	all     bool
	origins []string
}

func newCORS(extra []string, all bool) *cors {
	c := &cors{all: all, origins: slices.Clone(knownOrigins)}
	for _, o := range extra {
		c.origins = append(c.origins, strings.TrimRight(o, "/"))
	}
	return c
}

// headers are set on every answer, errors included: a browser shows an answer
// without them as "no connection". Never with credentials: no client uses
// cookies.
func (c *cors) headers(ctx *fasthttp.RequestCtx) {
	origin := string(ctx.Request.Header.Peek("Origin"))
	ctx.Response.Header.Add("Vary", "Origin")
	if origin == "" || !(c.all || slices.Contains(c.origins, origin)) {
		return
	}
	ctx.Response.Header.Set("Access-Control-Allow-Origin", origin)
	ctx.Response.Header.Set("Access-Control-Expose-Headers", "Retry-After, Content-Disposition, Idempotency-Replayed")
}

// preflight answers OPTIONS on any path, without auth.
func (c *cors) preflight(ctx *fasthttp.RequestCtx) {
	h := &ctx.Response.Header
	h.Set("Access-Control-Allow-Methods", corsMethods)
	h.Set("Access-Control-Allow-Headers", corsHeaders)
	h.Set("Access-Control-Max-Age", corsMaxAge)
	ctx.SetStatusCode(fasthttp.StatusOK)
}
