package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

const openStreetMap = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"

// tileHost is a host that a Content-Security-Policy can name: no wildcard, no
// character with a meaning there.
var tileHost = regexp.MustCompile(`^[A-Za-z0-9.-]+(:\d+)?$`)

// Tiles is the address of the map's tiles with {z}, {x} and {y} in it; empty:
// none. Its error names the option.
func (o *Options) Tiles() (string, error) {
	address := strings.TrimSpace(o.MapTiles)
	switch address {
	case "", "off":
		return "", nil
	case "osm":
		return openStreetMap, nil
	}
	u, err := url.Parse(strings.NewReplacer("{z}", "0", "{x}", "0", "{y}", "0").Replace(address))
	bad := err != nil || u.Scheme != "https" && u.Scheme != "http" || !tileHost.MatchString(u.Host) || u.User != nil || u.Fragment != "" ||
		strings.ContainsAny(u.Path+u.RawQuery, "{}<>\"' \\")
	_, rest, _ := strings.Cut(address, "://")
	_, path, _ := strings.Cut(rest, "/")
	for _, part := range []string{"{z}", "{x}", "{y}"} {
		bad = bad || strings.Count(address, part) != 1 || !strings.Contains(path, part)
	}
	if bad {
		return "", fmt.Errorf("%s must be off, osm, or an address such as https://tiles.example.org/{z}/{x}/{y}.png", named("MAP_TILES"))
	}
	return address, nil
}
