package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mangosense/server/internal/charset"
)

// A password on standard input is UTF-8, or marked as a Windows shell's pipe does;
// it is never another one than was typed.
func TestPasswordEncodings(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"UTF-8":                 {"Señora2026\n", "Señora2026"},
		"a line of Windows":     {"Señora2026\r\n", "Señora2026"},
		"without a line's end":  {"Señora2026", "Señora2026"},
		"with a mark":           {"\ufeffSeñora2026\r\n", "Señora2026"},
		"UTF-16 with its mark":  {"\xff\xfeS\x00e\x00\xf1\x00a\x00\r\x00\n\x00", "Seña"},
		"in Windows' encoding":  {"Se\xf1ora2026\n", ""},
		"bad behind its line":   {"Mango2026\n\xff\xfe\xf1", "Mango2026"},
		"too long":              {strings.Repeat("ñ", longestPassword/2) + "\n", ""},
		"long, all of one line": {strings.Repeat("ñ", longestPassword*4), ""},
		"nothing":               {"", ""},
	} {
		got, err := passwordSource{PasswordStdin: true}.line(&run{Streams: Streams{In: strings.NewReader(c.in)}})
		if got != c.want || c.want == "" && c.in != "" && err == nil || c.want != "" && err != nil {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
}

// An import of a dump in Windows' encoding says what to do.
func TestImportNamesTheEncoding(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dump.json")
	if err := os.WriteFile(path, []byte("[{\"model\":\"auth.user\",\"pk\":1,\"fields\":{\"last_name\":\"Pe\xf1a\"}}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	for encoding, want := range map[string]string{
		"":        "--encoding windows-1252",
		"utf-8":   "--encoding utf-8 is not what it was written in",
		"klingon": "there is no encoding \"klingon\" here; there are utf-8",
	} {
		c := importDjangoCmd{Dump: path, Encoding: encoding}
		_, err := c.open()
		if err = c.advised(err); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", encoding, err)
		}
		if encoding != "klingon" && !errors.Is(err, charset.ErrText) {
			t.Errorf("%q: %v is not ErrText", encoding, err)
		}
	}
}
