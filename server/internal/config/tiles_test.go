package config_test

import (
	"strings"
	"testing"

	"mangosense/server/internal/config"
)

// TestTiles: what goes into a page's policy is a plain host, or refused by name.
func TestTiles(t *testing.T) {
	for value, want := range map[string]string{
		"": "", "off": "", "osm": "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
		" https://tiles.example.org/{z}/{x}/{y}.png ":    "https://tiles.example.org/{z}/{x}/{y}.png",
		"http://pi.local:8080/{z}/{x}/{y}?key=a&layer=b": "http://pi.local:8080/{z}/{x}/{y}?key=a&layer=b",
	} {
		if got, err := (&config.Options{MapTiles: value}).Tiles(); got != want || err != nil {
			t.Errorf("%q is %q, %v", value, got, err)
		}
	}
	for _, value := range []string{
		"on", "https://tiles.example.org/", "https://tiles.example.org/{z}/{x}.png", "https://tiles.example.org/{z}/{x}/{y}/{y}",
		"https://{s}.example.org/{z}/{x}/{y}", "https://{z}.example.org/{x}/{y}", "https://*.example.org/{z}/{x}/{y}", "https://*/{z}/{x}/{y}",
		"https://a.example.org;script-src *//{z}/{x}/{y}", "https://a b/{z}/{x}/{y}", "javascript:alert(1)//{z}/{x}/{y}", "data:{z}{x}{y}",
		"//tiles.example.org/{z}/{x}/{y}", "/{z}/{x}/{y}", "https://me:pw@tiles.example.org/{z}/{x}/{y}", "https:///{z}/{x}/{y}",
		"https://a.example.org/{z}/{x}/{y}\"><script>", "https://a.example.org/{z}/{x}/{y}/{r}", "https://a.example.org/{z}/{x}/{y}#a", "https://'self'/{z}/{x}/{y}",
	} {
		if got, err := (&config.Options{MapTiles: value}).Tiles(); err == nil || !strings.Contains(err.Error(), "MAP_TILES") {
			t.Errorf("%q is %q, %v", value, got, err)
		}
	}
}
