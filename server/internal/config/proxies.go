package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// Proxies reads TRUSTED_PROXIES.
func (o *Options) Proxies() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range o.TrustedProxies {
		text = strings.TrimSpace(text)
		if a, err := netip.ParseAddr(text); err == nil {
			a = a.Unmap().WithZone("")
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not an address or a network such as 10.0.0.0/8", named("TRUSTED_PROXIES"), text)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}
