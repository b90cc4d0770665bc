package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"mangosense/server/internal/config"
)

// TestSources: an option wins over the file, the file over the environment, and
// what nobody set is the default.
func TestSources(t *testing.T) {
	file := filepath.Join(t.TempDir(), "service.env")
	if err := os.WriteFile(file, []byte("PORT=4001\nLOG_LEVEL=warn\nDATA_DIR=\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DATA_DIR", "") // the file sets it empty: not set
	t.Setenv("PORT", "4000")
	t.Setenv("LOG_LEVEL", "error")
	t.Setenv("BACKUP_DIR", t.TempDir())
	var commands cli
	parser, err := kong.New(&commands, kong.Writers(&strings.Builder{}, &strings.Builder{}), kong.TypeMapper(sizeType, sizeMapper))
	if err != nil {
		t.Fatal(err)
	}
	line, err := parser.Parse([]string{"--env-file", file, "serve", "--port", "4002"})
	if err != nil {
		t.Fatal(err)
	}
	got := sources(line)
	for name, want := range map[string]string{
		"PORT": config.FromOption, "LOG_LEVEL": config.FromFile, "BACKUP_DIR": config.FromEnvironment, "USER_LIMIT": "", "DATA_DIR": "",
	} {
		if got[name] != want {
			t.Errorf("%s is from %q, want %q", name, got[name], want)
		}
	}
}
