package app

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mangosense/server/internal/store"
)

func TestOpenData(t *testing.T) {
	for _, c := range []struct {
		name  string
		modes map[string]fs.FileMode // "": the folder
		owner int                    // who asks, as a difference to who owns
		want  []string
	}{
		{"closed", map[string]fs.FileMode{"": 0o700, store.FileName: 0o600, secretFile: 0o600, "media": 0o700}, 0, nil},
		{"others may list", map[string]fs.FileMode{"": 0o755, store.FileName: 0o600}, 0, nil},
		{"open to all", map[string]fs.FileMode{"": 0o777}, 0, []string{"mode 0777"}},
		{"open to the group", map[string]fs.FileMode{"": 0o770}, 0, []string{"mode 0770"}},
		{"open to others but the group", map[string]fs.FileMode{"": 0o702}, 0, []string{"mode 0702"}},
		{"everything", map[string]fs.FileMode{"": 0o777, store.FileName: 0o644, secretFile: 0o640, "media": 0o777}, 0, []string{"mode 0777", "media", store.FileName, "secret"}},
		{"another's", map[string]fs.FileMode{"": 0o700, secretFile: 0o600}, 1, []string{"belongs to another account", "belongs to another account"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			for name, mode := range c.modes {
				path := filepath.Join(dir, name)
				switch name {
				case "":
				case "media":
					if err := os.Mkdir(path, 0o700); err != nil {
						t.Fatal(err)
					}
				default:
					if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.Chmod(path, mode); err != nil {
					t.Fatal(err)
				}
				if c.owner != 0 { // who asks is no one's; root may own anything
					if err := os.Chown(path, 65534, -1); err != nil {
						t.Skip("only root can give a file away")
					}
				}
			}
			got := openData(dir, os.Geteuid())
			if len(got) != len(c.want) {
				t.Fatalf("%q, want %q", got, c.want)
			}
			for i := range got {
				if !strings.Contains(got[i], c.want[i]) {
					t.Errorf("%q, want %q", got[i], c.want[i])
				}
			}
		})
	}
	if got := openData(filepath.Join(t.TempDir(), "none"), os.Geteuid()); got != nil {
		t.Errorf("a folder that is not there: %q", got)
	}
}
