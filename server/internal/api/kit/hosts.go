package kit

import (
	"net"
	"strings"
)

// Hosts says which Host headers are answered; an empty list means any.
type Hosts []string

// Allowed understands the predecessor's forms: "*", a name, ".example.org".
func (h Hosts) Allowed(host string) bool {
	if len(h) == 0 {
		return true
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, want := range h {
		want = strings.ToLower(strings.TrimSpace(want))
		switch {
		case want == "*", want == host:
			return true
		case strings.HasPrefix(want, ".") && (strings.HasSuffix(host, want) || host == want[1:]):
			return true
		}
	}
	return false
}
