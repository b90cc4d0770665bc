package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// minSecret is the shortest key that signs anything: 256 bits.
const minSecret = 32

// maxRate keeps a limit's interval well above the clock's grain.
const maxRate = 1_000_000

// Validate finds values that no room should have to refuse. Its error names
// the environment variable and the flag.
func (o *Options) Validate() error {
	checks := []struct {
		bad  bool
		name string
		want string
	}{
		{o.Port < 0 || o.Port > 65535, "PORT", "a number from 0 to 65535"},
		{o.DataDir == "", "DATA_DIR", "a folder"},
		{o.SecretKey != "" && len(o.SecretKey) < minSecret, "SECRET_KEY", "at least 32 bytes, or empty"},
		{slices.ContainsFunc(o.PreviousSecretKeys, func(k string) bool { return len(k) < minSecret }), "PREVIOUS_SECRET_KEYS", "at least 32 bytes each"},
		{o.DjangoSecretKey != "" && len(o.DjangoSecretKey) < minSecret, "DJANGO_SECRET_KEY", "at least 32 bytes, or empty"},
		{o.MetricsToken != "" && len(o.MetricsToken) < 16, "METRICS_TOKEN", "at least 16 bytes, or empty"},
		{o.AccessLifetime < time.Second || o.AccessLifetime > 90*24*time.Hour, "ACCESS_LIFETIME", "from 1s to 2160h"},
		{o.AdminAccessLifetime < time.Second || o.AdminAccessLifetime > 90*24*time.Hour, "ADMIN_ACCESS_LIFETIME", "from 1s to 2160h"},
		{o.RefreshLifetime < o.AccessLifetime || o.RefreshLifetime > 365*24*time.Hour, "REFRESH_LIFETIME", "from ACCESS_LIFETIME to 8760h"},
		{o.PhotoLinkLifetime < time.Second || o.PhotoLinkLifetime > 30*24*time.Hour, "PHOTO_LINK_LIFETIME", "from 1s to 720h"},
		{o.RegisterRate < 0 || o.RegisterRate > maxRate, "REGISTER_RATE", "a number from 0 to 1000000"},
		{o.LoginRate < 0 || o.LoginRate > maxRate, "LOGIN_RATE", "a number from 0 to 1000000"},
		{o.RefreshRate < 0 || o.RefreshRate > maxRate, "REFRESH_RATE", "a number from 0 to 1000000"},
		{o.PredictRate < 0 || o.PredictRate > maxRate, "PREDICT_RATE", "a number from 0 to 1000000"},
		{o.PreviewRate < 0 || o.PreviewRate > maxRate, "PREVIEW_RATE", "a number from 0 to 1000000"},
		{(o.TLSCert == "") != (o.TLSKey == ""), "TLS_CERT", "given together with TLS_KEY, or neither"},
		{o.Interpreters < 1 || o.Interpreters > 64, "INTERPRETERS", "a number from 1 to 64"},
		{o.Running < 0 || o.Running > 256, "RUNNING", "a number from 0 to 256"},
		{o.Queue < 0 || o.Queue > 10000, "QUEUE", "a number from 0 to 10000"},
		{o.AnswerCache < 0 || o.AnswerCache > 100_000, "ANSWER_CACHE", "a number from 0 to 100000"},
		{o.AnswerCacheTime < 0 || o.AnswerCacheTime > 24*time.Hour, "ANSWER_CACHE_TIME", "from 0 to 24h"},
		{o.MaxPhotoBytes < 1<<10 || o.MaxPhotoBytes > 256<<20, "MAX_PHOTO_BYTES", "1KB to 256MB"},
		{o.MaxPhotoPixels < 0 || o.MaxPhotoPixels > 500_000_000, "MAX_PHOTO_PIXELS", "0, or a number up to 500000000"},
		{o.DecodeMemory != 0 && o.DecodeMemory < 8<<20, "DECODE_MEMORY", "0, or 8MB or more"},
		{o.UploadMemory != 0 && o.UploadMemory < o.MaxPhotoBytes, "UPLOAD_MEMORY", "0, or at least MAX_PHOTO_BYTES"},
		{o.BackupEvery != 0 && (o.BackupEvery < time.Minute || o.BackupDir == ""), "BACKUP_EVERY", "0, or 1m or more with BACKUP_DIR given"},
		{o.UserQuota < 0, "USER_QUOTA", "0 or more"},
		{o.UserLimit < 0, "USER_LIMIT", "0 or more"},
		{o.BackupKeep < 0, "BACKUP_KEEP", "0 or more"},
		{o.PhotoAge < 0, "PHOTO_AGE", "0 or more"},
		{o.ExpertAge < 0, "EXPERT_AGE", "0 or more"},
		{o.RecordAge < 0, "RECORD_AGE", "0 or more"},
		{o.UpkeepEvery != 0 && o.UpkeepEvery < time.Minute, "UPKEEP_EVERY", "0, or 1m or more"},
		{o.MemoryLimit != 0 && o.MemoryLimit < 64<<20, "MEMORY_LIMIT", "0, or 64MB or more"},
	}
	for _, c := range checks {
		if c.bad {
			return fmt.Errorf("%s must be %s", named(c.name), c.want)
		}
	}
	for _, t := range []struct {
		name string
		d    time.Duration
	}{
		{"REQUEST_TIMEOUT", o.RequestTimeout}, {"UPLOAD_TIMEOUT", o.UploadTimeout},
		{"STALL_TIMEOUT", o.StallTimeout}, {"PATIENCE", o.Patience}, {"DRAIN_TIMEOUT", o.DrainTimeout},
	} {
		if t.d < 100*time.Millisecond || t.d > time.Hour {
			return fmt.Errorf("%s must be from 100ms to 1h", named(t.name))
		}
	}
	if _, err := o.Proxies(); err != nil {
		return err
	}
	if _, err := o.Tiles(); err != nil {
		return err
	}
	for _, host := range o.AllowedHosts {
		host = strings.TrimSpace(host)
		if _, _, err := net.SplitHostPort(host); err == nil || strings.ContainsAny(host, "/@? ") { // it would match nothing
			return fmt.Errorf("%s: %q is not a host name such as mango.example.org, without scheme, port and path", named("ALLOWED_HOSTS"), host)
		}
	}
	for _, origin := range o.CORSOrigins {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme == "" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			return fmt.Errorf("%s: %q is not an origin such as https://admin.example.org", named("CORS_ORIGINS"), origin)
		}
	}
	return nil
}

// named is an option's variable with its flag: PORT (--port).
func named(env string) string {
	return env + " (--" + flagName(env) + ")"
}
