package pages

import (
	"strconv"
	"strings"
)

// wantsPage reports that a client asks for HTML by name, and not rather for
// JSON. Browsers do; programs say */* or nothing, and get what they always got.
func wantsPage(accept string) bool {
	page, data := quality(accept, "text/html"), quality(accept, "application/json")
	if page == data && page > 0 {
		lower := strings.ToLower(accept)
		return strings.Index(lower, "text/html") < strings.Index(lower, "application/json")
	}
	return page > data
}

// quality is what an Accept or Accept-Encoding header thinks of a value that it
// names; 0 where it does not.
func quality(header, value string) float64 {
	for _, part := range strings.Split(header, ",") {
		name, rest, weighted := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), value) {
			continue
		}
		if !weighted {
			return 1
		}
		for _, p := range strings.Split(rest, ";") {
			k, v, _ := strings.Cut(p, "=")
			if strings.EqualFold(strings.TrimSpace(k), "q") {
				q, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
				if err != nil || !(q >= 0 && q <= 1) {
					return 0
				}
				return q
			}
		}
		return 1
	}
	return 0
}
