package reference

import (
	"crypto/sha256"
	"crypto/subtle"

	"mangosense/server/internal/api/kit"
)

// Who may read /metrics without an administrator's token.
const (
	MetricsLocal = "local" // programs on this machine
	MetricsToken = "token" // nobody: it takes MetricsToken or an administrator's token
	MetricsOpen  = "open"  // everybody
)

// Metrics is `GET /metrics`. How many photos, refusals and errors there are is
// nobody's business but the operator's.
func (h *Handlers) Metrics(c *kit.Call) error {
	if !h.mayScrape(c) {
		by := c.Actor()
		err := by.NeedKnown()
		if err == nil {
			err = by.NeedRules()
		}
		return c.Stranger(err)
	}
	c.SetHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	h.cfg.WriteMetrics(c)
	return nil
}

func (h *Handlers) mayScrape(c *kit.Call) bool {
	switch {
	case h.cfg.MetricsAccess == MetricsOpen, c.Actor().NeedRules() == nil:
		return true
	case h.cfg.MetricsToken != "" && same(c.Token(), h.cfg.MetricsToken):
		return true
	}
	return h.cfg.MetricsAccess == MetricsLocal && direct(c)
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
// Host cannot be recognised; MetricsToken is for those.
func direct(c *kit.Call) bool {
	if !c.Peer().IsLoopback() || !localNames.Allowed(c.Host()) {
		return false
	}
	for _, name := range forwarding {
		if c.Header(name) != "" {
			return false
		}
	}
	return true
}

// localNames are the Host headers that mean this machine: a page in a browser
// could otherwise ask under a name of its own.
var localNames = kit.Hosts{"localhost", "127.0.0.1", "::1", "[::1]"}
