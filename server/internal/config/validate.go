package config

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// minSecret is the shortest key that signs anything: 256 bits.
const minSecret = 32

// Validate finds values that no room should have to refuse. Its error names
// the environment variable, which is also the flag's name.
func (o *Options) Validate() error {
	checks := []struct {
		bad  bool
		name string
		want string
	}{
		{o.Port < 0 || o.Port > 65535, "PORT", "a number from 0 to 65535"},
		{o.DataDir == "", "DATA_DIR", "a folder"},
		{o.ModelsDir == "", "MODELS_DIR", "a folder"},
		{o.SecretKey != "" && len(o.SecretKey) < minSecret, "SECRET_KEY", "at least 32 bytes, or empty"},
		{o.Interpreters < 1 || o.Interpreters > 64, "INTERPRETERS", "a number from 1 to 64"},
		{o.Running < 1 || o.Running > 256, "RUNNING", "a number from 1 to 256"},
		{o.Queue < 0 || o.Queue > 10000, "QUEUE", "a number from 0 to 10000"},
		{o.MaxPhotoBytes < 1<<10 || o.MaxPhotoBytes > 256<<20, "MAX_PHOTO_BYTES", "1KB to 256MB"},
		{o.MaxPhotoPixels < 1 || o.MaxPhotoPixels > 500_000_000, "MAX_PHOTO_PIXELS", "a number from 1 to 500000000"},
		{o.DecodeMemory < 8<<20, "DECODE_MEMORY", "8MB or more"},
		{o.UploadMemory < o.MaxPhotoBytes, "UPLOAD_MEMORY", "at least MAX_PHOTO_BYTES"},
		{o.MemoryLimit != 0 && o.MemoryLimit < 64<<20, "MEMORY_LIMIT", "0, or 64MB or more"},
	}
	for _, c := range checks {
		if c.bad {
			return fmt.Errorf("%s must be %s", c.name, c.want)
		}
	}
	for _, t := range []struct {
		name string
		d    time.Duration
	}{
		{"REQUEST_TIMEOUT", o.RequestTimeout}, {"UPLOAD_TIMEOUT", o.UploadTimeout},
		{"STALL_TIMEOUT", o.StallTimeout}, {"DRAIN_TIMEOUT", o.DrainTimeout},
	} {
		if t.d < 100*time.Millisecond || t.d > time.Hour {
			return fmt.Errorf("%s must be from 100ms to 1h", t.name)
		}
	}
	for _, origin := range o.CORSOrigins {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme == "" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			return fmt.Errorf("CORS_ORIGINS: %q is not an origin such as https://admin.example.org", origin)
		}
	}
	return nil
}
