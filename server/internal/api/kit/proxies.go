package kit

import (
	"bytes"
	"net/netip"
	"strings"
)

// proxies are the peers whose X-Forwarded-… headers are believed. Anybody else
// could write what it likes into them.
type proxies []netip.Prefix

func (p proxies) trust(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// Peer is the address at the other end of the connection.
func (c *Call) Peer() netip.Addr {
	a, err := netip.ParseAddrPort(c.ctx.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap().WithZone("")
}

// client is the address that a request came from: the peer, or behind trusted
// proxies the last address in X-Forwarded-For that is no proxy of ours. What
// stands further left was written by strangers.
func (c *Call) client() netip.Addr {
	at := c.Peer()
	if !c.kit.proxies.trust(at) {
		return at
	}
	hops := strings.Split(c.forwardedList("X-Forwarded-For"), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, ok := hopAddr(strings.TrimSpace(hops[i]))
		if !ok {
			return at
		}
		at = hop.Unmap().WithZone("")
		if !c.kit.proxies.trust(at) {
			return at
		}
	}
	return at
}

// hopAddr reads an address as proxies write it, some with its port.
func hopAddr(text string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(text); err == nil {
		return a, true
	}
	ap, err := netip.ParseAddrPort(text)
	return ap.Addr(), err == nil
}

// Scheme is how the client speaks: "https" over TLS, its own or the proxy's.
func (c *Call) Scheme() string {
	if c.ctx.IsTLS() {
		return "https"
	}
	if len(c.kit.proxies) > 0 && c.kit.proxies.trust(c.Peer()) && strings.EqualFold(c.forwarded("X-Forwarded-Proto"), "https") {
		return "https"
	}
	return "http"
}

// origin is the server's address as the client knows it: "https://host".
func (c *Call) origin() string {
	host := string(c.ctx.Host())
	if len(c.kit.proxies) > 0 && c.kit.proxies.trust(c.Peer()) {
		if h := c.forwarded("X-Forwarded-Host"); plainHost(h) && c.kit.hosts.Allowed(h) {
			host = h
		}
	}
	return c.Scheme() + "://" + host
}

// forwardedList is all that a header says, in order. Some proxies append to
// the client's own line, others add a line of theirs: a reader of the first
// line alone would believe the client.
func (c *Call) forwardedList(name string) string {
	return string(bytes.Join(c.ctx.Request.Header.PeekAll(name), []byte(",")))
}

// forwarded is the last value of a proxy's header, the one the nearest proxy
// wrote.
func (c *Call) forwarded(name string) string {
	v := c.forwardedList(name)
	return strings.TrimSpace(v[strings.LastIndexByte(v, ',')+1:])
}

// plainHost reports whether a text is a host name, perhaps with a port.
func plainHost(h string) bool {
	return h != "" && len(h) < 256 && !strings.ContainsFunc(h, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(".-:[]", r)
	})
}
