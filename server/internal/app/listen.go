package app

import (
	"fmt"
	"net/netip"

	"mangosense/server/internal/api"
	"mangosense/server/internal/listen"
	"mangosense/server/internal/mango"
)

const (
	// perClient is the share of all connections that one client may have: phones
	// behind one address of a provider are one client.
	perClient = 4
	// spareFiles are descriptors for when everything else has taken them all.
	spareFiles = 8
	// reservedPlaces are connections over which probes are answered when all
	// others are busy.
	reservedPlaces = 8
)

// ConnectionLimits say so in docs/limits.md.
var ConnectionLimits = []mango.Limit{
	{Of: "connections", Bound: fmt.Sprintf("%d, or what the open files allow; an idle one holds about 30 KB", api.MostConnections), Then: "of a client with twice as many as whoever comes the longest idle goes, or one that the server waits for: for a body, or until an answer is read; else the longest idle of all; else 503"},
	{Of: "connections of one client", Bound: fmt.Sprintf("1/%d of them", perClient), Then: "as above, among its own"},
}

// RequestLimits say so in docs/limits.md.
var RequestLimits = []mango.Limit{
	{Of: "registrations of an address, for an e-mail address", Bound: "`REGISTER_RATE` a minute", Then: "429 with `Retry-After`"},
	{Of: "refreshed tokens of an address, of an account", Bound: "`REFRESH_RATE` a minute", Then: "429 with `Retry-After`"},
}

// countConnections fits connections to the descriptors that there are.
func (a *App) countConnections() int {
	n, files := listen.Connections(api.MostConnections)
	if n < api.MostConnections {
		a.log.Info("open files bound the connections", "files", files, "connections", n)
	}
	return n
}

// listen opens the address.
func (a *App) listen() error {
	o := a.options
	ln, err := listen.Open(o.Address, o.Port)
	if err != nil {
		return err
	}
	c := listen.Config{
		Connections: a.connections, PerClient: max(2, a.connections/perClient), Spare: spareFiles, Reserve: reservedPlaces,
		Client: api.ClientNetwork, Refusal: api.Refusal(), Log: a.log,
	}
	proxies, _ := o.Proxies() // Validate has read them
	c.Trusted = func(from netip.Addr) bool {
		for _, p := range proxies {
			if p.Contains(from) {
				return true
			}
		}
		return false
	}
	if o.TLSCert != "" {
		c.Refusal = nil // it would have to be encrypted
	}
	a.listener = listen.New(ln, c)
	if o.TLSCert == "" {
		return nil
	}
	tls, err := listen.TLS(a.listener, o.TLSCert, o.TLSKey)
	if err == nil {
		a.listener = tls
	}
	return err
}
