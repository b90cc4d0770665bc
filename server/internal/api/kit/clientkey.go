package kit

import (
	"net/netip"
	"strconv"
)

// sitePrefix is the IPv6 network that counts as one client: a provider hands a
// customer up to this much, so that whoever is counted by anything longer has
// addresses without end.
const sitePrefix = 48

// ClientNetwork is the client that an address stands for: the address itself
// under IPv4, its site under IPv6. Whatever is bounded by client is bounded by
// it: requests, bytes, places in the queue, processor time.
func ClientNetwork(a netip.Addr) netip.Addr {
	if a = a.Unmap().WithZone(""); a.Is6() {
		if p, err := a.Prefix(sitePrefix); err == nil {
			return p.Addr()
		}
	}
	return a
}

// AddressKey is what an address's requests are counted under.
func (c *Call) AddressKey() string {
	return "address " + ClientNetwork(c.client()).String()
}

// UserKey is what an account's requests are counted under.
func UserKey(id uint64) string { return "user " + strconv.FormatUint(id, 10) }

// clientKey is who a request's bytes and work are charged to: the account,
// where one is known, else the address.
func (c *Call) clientKey() string {
	if by := c.Actor(); by.Known() {
		return UserKey(by.User)
	}
	return c.AddressKey()
}
