package pages

import (
	"bytes"
	"html"
	"net/url"
	"strings"
)

// noTiles stands in a page where the address of the map's tiles comes.
var noTiles = []byte(`<meta name="tiles" content="">`)

// withTiles is a page that knows the address of the map's tiles.
func withTiles(page []byte, tiles string) []byte {
	return bytes.Replace(page, noTiles, []byte(`<meta name="tiles" content="`+html.EscapeString(tiles)+`">`), 1)
}

// policy is what a page may load, and from where: its own server alone, and the
// map's tiles where there are some. blob: is a photo that the page has made
// smaller.
func policy(tiles string) string {
	from := ""
	if u, err := url.Parse(strings.NewReplacer("{z}", "0", "{x}", "0", "{y}", "0").Replace(tiles)); err == nil && u.Host != "" {
		from = " " + u.Scheme + "://" + u.Host
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:" + from + "; connect-src 'self'; " +
		"manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
