package api

import (
	"crypto/sha256"
	"crypto/subtle"

	"github.com/valyala/fasthttp"
)

// Who may read /metrics without an administrator's token.
const (
	MetricsLocal = "local" // programs on this machine
	MetricsToken = "token" // nobody: it takes MetricsToken or an administrator's token
	MetricsOpen  = "open"  // everybody
)

// metrics is `GET /metrics`. How many photos, refusals and errors there are is
// nobody's business but the operator's.
func (s *Server) metrics(ctx *fasthttp.RequestCtx) {
	if !s.mayScrape(ctx) {
		by := actor(ctx)
		err := by.NeedKnown()
		if err == nil {
			err = by.NeedRules()
		}
		s.refuseCaller(ctx, err)
		return
	}
	ctx.SetContentType("text/plain; version=0.0.4; charset=utf-8")
	s.cfg.WriteMetrics(ctx)
}

func (s *Server) mayScrape(ctx *fasthttp.RequestCtx) bool {
	switch {
	case s.cfg.MetricsAccess == MetricsOpen, actor(ctx).NeedRules() == nil:
		return true
	case s.cfg.MetricsToken != "" && same(bearer(ctx), s.cfg.MetricsToken):
		return true
	}
	return s.cfg.MetricsAccess == MetricsLocal && direct(ctx)
}

// same compares secrets in a time that tells nothing of either.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// forwarding are the headers by which proxies and tunnels show themselves.
var forwarding = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via", "Cf-Connecting-Ip"}

// direct reports whether a program on this machine asks, and not a proxy on it
// for somebody else. A proxy that adds none of the headers and exchanges the
// Host cannot be told apart; MetricsToken is for those.
func direct(ctx *fasthttp.RequestCtx) bool {
	if !peer(ctx).IsLoopback() || !localNames.allowed(string(ctx.Host())) {
		return false
	}
	for _, name := range forwarding {
		if len(ctx.Request.Header.Peek(name)) > 0 {
			return false
		}
	}
	return true
}

// localNames are the Host headers that mean this machine: a page in a browser
// could otherwise ask under a name of its own.
var localNames = hosts{"localhost", "127.0.0.1", "::1", "[::1]"}
