package charset_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"mangosense/server/internal/charset"
)

// However the bytes come, the text is the same.
func TestReaderInPieces(t *testing.T) {
	long := strings.Repeat("Peña 🥭 ", 5000)
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r }, "by bytes": iotest.OneByteReader, "by halves": iotest.HalfReader, "with its end": iotest.DataErrReader,
	} {
		r, err := charset.NewReader(wrap(strings.NewReader("\ufeff"+long)), "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(iotest.OneByteReader(r))
		if err != nil || string(got) != long {
			t.Errorf("%s: %d bytes of %d, %v", name, len(got), len(long), err)
		}
	}
}

// A bad byte is refused with its place, what stands before it is given.
func TestBadByteHasItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		"Pe\xf1a":                          "byte 0xf1 at place 2",
		"\xff":                             "byte 0xff at place 0",
		strings.Repeat("é", 9000) + "\xc3": "byte 0xc3 at place 18000",
		"\xed\xa0\x80":                     "byte 0xed at place 0",
	} {
		got, err := charset.Text([]byte(text), "")
		if !errors.Is(err, charset.ErrText) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.10q: %v, want %q", text, err, want)
		}
		if !strings.HasPrefix(text, got) {
			t.Errorf("%.10q: gave %.10q", text, got)
		}
	}
	if got, err := charset.Text([]byte("a\ufffdb"), ""); err != nil || got != "a\ufffdb" {
		t.Errorf("a letter of UTF-8 that stands for damage: %q, %v", got, err)
	}
}

func TestEveryNameIsKnown(t *testing.T) {
	for _, name := range charset.Names {
		if _, err := charset.Text([]byte("ab"), name); err != nil || !charset.Known(name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{"CP1252": "Pe\xf1a", "Latin-1": "Pe\xf1a", "windows_1252": "Pe\xf1a", "IBM437": "Pe\xa4a", "UTF8": "Peña"} {
		if got, err := charset.Text([]byte(text), name); err != nil || got != "Peña" || !charset.Known(name) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := charset.Text(nil, "klingon"); err == nil || charset.Known("klingon") {
		t.Error("an unknown name is known")
	}
	if got, err := charset.Text(nil, ""); err != nil || got != "" {
		t.Errorf("nothing: %q, %v", got, err)
	}
}

// FuzzText: whatever the bytes and the name, what is given is UTF-8.
func FuzzText(f *testing.F) {
	for i := range charset.Names {
		f.Add([]byte("Pe\xf1a"), i)
		f.Add([]byte("\xff\xfeP\x00"), i)
	}
	f.Fuzz(func(t *testing.T, text []byte, i int) {
		name := ""
		if i >= 0 && i < len(charset.Names) {
			name = charset.Names[i]
		}
		if got, _ := charset.Text(text, name); !utf8.ValidString(got) {
			t.Errorf("%q as %s: %q", text, name, got)
		}
	})
}
