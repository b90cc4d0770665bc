package config_test

import (
	"strings"
	"testing"
	"time"

	"mangosense/server/internal/config"
)

// TestShow: every option is there with its source, and no secret is.
func TestShow(t *testing.T) {
	o := config.Options{Port: 8123, SecretKey: "do not show", PreviousSecretKeys: []string{"nor this"}, MetricsToken: "nor that", BackupEvery: 24 * time.Hour, DiskReserve: 64 << 20, CORSOrigins: []string{"https://a.example", "https://b.example"}}
	all := config.Show(o, config.Sources{"PORT": config.FromOption, "SECRET_KEY": config.FromEnvironment})
	got := map[string]config.Shown{}
	for _, s := range all {
		got[s.Name] = s
		if strings.Contains(s.Value, "show") || strings.Contains(s.Value, "nor") {
			t.Errorf("%s shows %q", s.Name, s.Value)
		}
		if s.Help == "" || s.Group == "" {
			t.Errorf("%s lacks its help or its group", s.Name)
		}
	}
	for name, want := range map[string]struct{ value, from string }{
		"PORT":                 {"8123", config.FromOption},
		"SECRET_KEY":           {"set", config.FromEnvironment},
		"PREVIOUS_SECRET_KEYS": {"set", config.FromDefault},
		"DJANGO_SECRET_KEY":    {"not set", config.FromDefault},
		"METRICS_TOKEN":        {"set", config.FromDefault},
		"BACKUP_EVERY":         {"24h0m0s", config.FromDefault},
		"DISK_RESERVE":         {"64MB", config.FromDefault},
		"CORS_ORIGINS":         {"https://a.example, https://b.example", config.FromDefault},
	} {
		if s := got[name]; s.Value != want.value || s.From != want.from {
			t.Errorf("%s is %q from %q, want %q from %q", name, s.Value, s.From, want.value, want.from)
		}
	}
	if len(all) < 40 {
		t.Errorf("%d options", len(all))
	}
}
