package pages

import (
	"strings"

	"mangosense/server/internal/api/kit"
)

// wantsPage reports that a client asks for HTML by name, and not rather for
// JSON. Browsers do; programs say */* or nothing, and get what they always got.
func wantsPage(accept string) bool {
	page, data := kit.Quality(accept, "text/html"), kit.Quality(accept, "application/json")
	if page == data && page > 0 {
		lower := strings.ToLower(accept)
		return strings.Index(lower, "text/html") < strings.Index(lower, "application/json")
	}
	return page > data
}
