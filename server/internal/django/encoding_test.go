package django_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"

	"mangosense/server/internal/charset"
	"mangosense/server/internal/django"
	"mangosense/server/internal/mango"
)

// penaDump is a dump with one user of that name.
const penaDump = `[{"model":"auth.user","pk":7,"fields":{"username":"pena","email":"pena@farm.example","first_name":"José","last_name":"Peña","is_active":true}}]`

func utf16Text(text string, big, mark bool) []byte {
	var b []byte
	units := utf16.Encode([]rune(text))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	for _, u := range units {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

func coded(t *testing.T, m *charmap.Charmap) []byte {
	t.Helper()
	b, err := m.NewEncoder().Bytes([]byte(penaDump))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// lastName imports a source and gives the name that came.
func lastName(t *testing.T, source django.Source) string {
	t.Helper()
	g := newTarget(t)
	g.run(t, source, nil)
	u, err := g.store.UserByName(ctx, mango.System, "pena")
	if err != nil {
		t.Fatal(err)
	}
	return u.LastName
}

// A dump's encoding is marked, named or UTF-8; everything else is refused before
// anything is imported, and never read as another name.
func TestDumpEncodings(t *testing.T) {
	for name, c := range map[string]struct {
		text     []byte
		encoding string
		want     string // empty: refused
	}{
		"UTF-8":                              {[]byte(penaDump), "", "Peña"},
		"UTF-8, named":                       {[]byte(penaDump), "utf-8", "Peña"},
		"UTF-8 with its mark":                {[]byte("\ufeff" + penaDump), "", "Peña"},
		"UTF-16 of PowerShell":               {utf16Text(penaDump, false, true), "", "Peña"},
		"UTF-16, the other way":              {utf16Text(penaDump, true, true), "", "Peña"},
		"UTF-16 without its mark":            {utf16Text(penaDump, false, false), "", ""},
		"UTF-16 without its mark, named":     {utf16Text(penaDump, false, false), "utf-16le", "Peña"},
		"UTF-16 with its mark, named":        {utf16Text(penaDump, true, true), "utf-16be", "Peña"},
		"UTF-16 named the other way":         {utf16Text(penaDump, true, true), "utf-16le", ""},
		"UTF-16 cut off":                     {utf16Text(penaDump, false, true)[:101], "", ""},
		"Windows":                            {coded(t, charmap.Windows1252), "", ""},
		"Windows, named":                     {coded(t, charmap.Windows1252), "windows-1252", "Peña"},
		"Windows, named as Unix once had it": {coded(t, charmap.Windows1252), "iso-8859-1", "Peña"},
		"Windows, named UTF-8":               {coded(t, charmap.Windows1252), "utf-8", ""},
		"a console":                          {coded(t, charmap.CodePage850), "", ""},
		"a console, named":                   {coded(t, charmap.CodePage850), "cp850", "Peña"},
		"UTF-8 with its mark, named Windows": {[]byte("\ufeff" + penaDump), "windows-1252", ""},
		"an unknown encoding":                {[]byte(penaDump), "klingon", ""},
		"escaped":                            {bytes.ReplaceAll([]byte(penaDump), []byte("ñ"), []byte(`\u00f1`)), "", "Peña"},
		"half an escaped letter":             {bytes.ReplaceAll([]byte(penaDump), []byte("ñ"), []byte(`\udcf1`)), "", ""},
		"an escaped pair":                    {bytes.ReplaceAll([]byte(penaDump), []byte("ñ"), []byte(`\ud83e\udd6d`)), "", "Pe🥭a"},
		"an escaped backslash":               {bytes.ReplaceAll([]byte(penaDump), []byte("ñ"), []byte(`\\udcf1`)), "", `Pe\udcf1a`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "dump.json")
			if err := os.WriteFile(path, c.text, 0o600); err != nil {
				t.Fatal(err)
			}
			source, err := django.OpenDump(path, c.encoding)
			if c.want == "" {
				if err == nil || c.encoding != "klingon" && !errors.Is(err, charset.ErrText) {
					t.Fatalf("opened: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := lastName(t, source); got != c.want {
				t.Errorf("came as %q, want %q", got, c.want)
			}
		})
	}
}

// SQLite keeps any bytes as text.
func TestDatabaseEncodings(t *testing.T) {
	for name, c := range map[string]struct{ hex, encoding, want string }{
		"UTF-8":          {"5065c3b161", "", "Peña"},
		"UTF-8, and one": {"5065c3b161", "windows-1252", "Peña"},
		"Windows":        {"5065f161", "", ""},
		"Windows, named": {"5065f161", "windows-1252", "Peña"},
		"not that one":   {"50658d61", "windows-1252", ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "db.sqlite3")
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{
				"CREATE TABLE auth_user (id integer primary key, username text, email text, first_name text, last_name text, is_active bool)",
				"INSERT INTO auth_user VALUES (7, 'pena', 'pena@farm.example', 'J', CAST(x'" + c.hex + "' AS TEXT), 1)",
			} {
				if _, err := db.Exec(text); err != nil {
					t.Fatal(err)
				}
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			source, err := django.OpenDatabase(path, c.encoding)
			if c.want == "" {
				if !errors.Is(err, charset.ErrText) {
					t.Fatalf("opened: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := lastName(t, source); got != c.want {
				t.Errorf("came as %q, want %q", got, c.want)
			}
		})
	}
}
