package config_test

import (
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"mangosense/server/internal/config"
)

var update = flag.Bool("update", false, "write docs/config.md")

// parse reads options as the program does: flags, environment, defaults.
func parse(t *testing.T, args ...string) (config.Options, error) {
	t.Helper()
	var o config.Options
	parser, err := kong.New(&o, kong.Exit(func(int) { t.Fatal("kong left") }))
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(args)
	return o, err
}

func TestDefaultsAreValid(t *testing.T) {
	o, err := parse(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Validate(); err != nil {
		t.Error(err)
	}
	if o.Port != 8000 || o.DataDir != "./data" || o.MaxPhotoBytes != 10<<20 {
		t.Errorf("PORT %d, DATA_DIR %q, MAX_PHOTO_BYTES %s", o.Port, o.DataDir, o.MaxPhotoBytes)
	}
}

func TestEveryOptionIsFlagAndEnvironment(t *testing.T) {
	parser, err := kong.New(&config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	flags := map[string]bool{}
	for _, f := range parser.Model.Flags {
		flags[f.Name] = true
	}
	for f := range reflect.TypeFor[config.Options]().Fields() {
		env := f.Tag.Get("env")
		if env == "" || f.Tag.Get("help") == "" || f.Tag.Get("group") == "" {
			t.Errorf("%s: env, help and group must all be given", f.Name)
			continue
		}
		if name := strings.ReplaceAll(strings.ToLower(env), "_", "-"); !flags[name] {
			t.Errorf("%s: no flag --%s beside the variable %s", f.Name, name, env)
		}
	}
}

func TestEnvironmentAndFlag(t *testing.T) {
	t.Setenv("PORT", "9000")
	t.Setenv("QUEUE", "7")
	o, err := parse(t, "--queue=3")
	if err != nil {
		t.Fatal(err)
	}
	if o.Port != 9000 || o.Queue != 3 {
		t.Errorf("PORT %d, QUEUE %d; want 9000 from the environment, 3 from the flag", o.Port, o.Queue)
	}
}

func TestValidateNamesTheOption(t *testing.T) {
	for name, spoil := range map[string]func(*config.Options){
		"PORT":                 func(o *config.Options) { o.Port = 70000 },
		"DATA_DIR":             func(o *config.Options) { o.DataDir = "" },
		"SECRET_KEY":           func(o *config.Options) { o.SecretKey = "short" },
		"METRICS_TOKEN":        func(o *config.Options) { o.MetricsToken = "short" },
		"INTERPRETERS":         func(o *config.Options) { o.Interpreters = 0 },
		"USER_QUOTA":           func(o *config.Options) { o.UserQuota = -1 },
		"USER_LIMIT":           func(o *config.Options) { o.UserLimit = -1 },
		"QUEUE":                func(o *config.Options) { o.Queue = -1 },
		"UPLOAD_MEMORY":        func(o *config.Options) { o.UploadMemory = 1 },
		"MAX_PHOTO_PIXELS":     func(o *config.Options) { o.MaxPhotoPixels = -1 },
		"REQUEST_TIMEOUT":      func(o *config.Options) { o.RequestTimeout = 0 },
		"ALLOWED_HOSTS":        func(o *config.Options) { o.AllowedHosts = []string{"https://mango.example"} },
		"CORS_ORIGINS":         func(o *config.Options) { o.CORSOrigins = []string{"example.org"} },
		"TRUSTED_PROXIES":      func(o *config.Options) { o.TrustedProxies = []string{"proxy.example"} },
		"TLS_CERT":             func(o *config.Options) { o.TLSCert = "cert.pem" },
		"LOGIN_RATE":           func(o *config.Options) { o.LoginRate = -1 },
		"REFRESH_LIFETIME":     func(o *config.Options) { o.RefreshLifetime = time.Minute },
		"DJANGO_SECRET_KEY":    func(o *config.Options) { o.DjangoSecretKey = "short" },
		"PREVIOUS_SECRET_KEYS": func(o *config.Options) { o.PreviousSecretKeys = []string{"short"} },
	} {
		t.Run(name, func(t *testing.T) {
			o, err := parse(t)
			if err != nil {
				t.Fatal(err)
			}
			spoil(&o)
			if err := o.Validate(); err == nil || !strings.HasPrefix(err.Error(), name) {
				t.Errorf("error %v does not begin with %s", err, name)
			}
		})
	}
}

func TestSize(t *testing.T) {
	for in, want := range map[string]config.Size{"0": 0, "1048576": 1 << 20, "10MB": 10 << 20, "512 MiB": 512 << 20, "2g": 2 << 30, "64k": 64 << 10, "7B": 7} {
		var s config.Size
		if err := s.UnmarshalText([]byte(in)); err != nil || s != want {
			t.Errorf("%q = %d, %v; want %d", in, s, err, want)
		}
	}
	for _, in := range []string{"", "MB", "-1", "1.5GB", "9999999999999GB", "ten"} {
		var s config.Size
		if err := s.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q was read as %d", in, s)
		}
	}
	for s, want := range map[config.Size]string{10 << 20: "10MB", 1 << 30: "1GB", 1536: "1536B", 2048: "2KB"} {
		if s.String() != want {
			t.Errorf("%d is written %s, want %s", int64(s), s, want)
		}
	}
}

// TestDocs keeps docs/config.md and the README's table what the program says;
// -update writes both.
func TestDocs(t *testing.T) {
	const page, readme = "../../../docs/config.md", "../../../README.md"
	const from, to = "<!-- options -->\n", "<!-- /options -->"
	old, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(old), from)
	_, tail, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatalf("README.md has no place between %q and %q", from, to)
	}
	for path, want := range map[string]string{page: config.Markdown(), readme: head + from + config.Short() + to + tail} {
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is out of date: run `make docs`", path)
		}
	}
}
