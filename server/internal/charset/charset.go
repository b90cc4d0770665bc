package charset

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// ErrText is text that is not in the encoding it should be in.
var ErrText = errors.New("the text is not in the expected encoding")

// Names are the encodings that can be named. The empty name is UTF-8, or UTF-16
// with its mark.
var Names = []string{"utf-8", "utf-16le", "utf-16be", "windows-1252", "iso-8859-1", "iso-8859-15", "cp437", "cp850"}

// single are the encodings of one byte a letter.
var single = map[string]*charmap.Charmap{
	"windows-1252": charmap.Windows1252, "iso-8859-1": charmap.ISO8859_1, "iso-8859-15": charmap.ISO8859_15,
	"cp437": charmap.CodePage437, "cp850": charmap.CodePage850,
}

// aliases are further names under which Python, iconv and Windows know them.
var aliases = map[string]string{
	"utf8": "utf-8", "cp1252": "windows-1252", "1252": "windows-1252", "latin-1": "iso-8859-1", "latin1": "iso-8859-1",
	"latin-9": "iso-8859-15", "latin9": "iso-8859-15", "ibm437": "cp437", "437": "cp437", "ibm850": "cp850", "850": "cp850",
}

// named is the one of Names that a name means, in any case; else the name.
func named(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	if of, ok := aliases[name]; ok {
		return of
	}
	return name
}

// Known says whether a name is one of Names or means one, or is empty.
func Known(name string) bool { return name == "" || slices.Contains(Names, named(name)) }

// The marks that a text may begin with.
var (
	markUTF8  = []byte{0xef, 0xbb, 0xbf}
	markUTF16 = map[string][]byte{"utf-16le": {0xff, 0xfe}, "utf-16be": {0xfe, 0xff}}
)

// NewReader reads r as UTF-8 without a mark. A mark counts more than the name; a
// name that the mark contradicts is an error. Read's errors wrap ErrText.
func NewReader(r io.Reader, name string) (io.Reader, error) {
	if !Known(name) {
		return nil, fmt.Errorf("there is no encoding %q here; there are %s", name, strings.Join(Names, ", "))
	}
	name = named(name)
	in := bufio.NewReaderSize(r, 1<<16)
	begin, err := in.Peek(len(markUTF8))
	if err != nil && err != io.EOF {
		return nil, err
	}
	marked := markOf(begin)
	if marked != "" && name != "" && marked != name {
		return nil, fmt.Errorf("%w: it begins with the mark of %s, and is said to be in %s", ErrText, marked, name)
	}
	switch {
	case marked == "utf-8":
		_, _ = in.Discard(len(markUTF8))
	case marked != "":
		name = marked
		_, _ = in.Discard(len(markUTF16[marked]))
	}
	if name == "" && len(begin) >= 2 && (begin[0] == 0) != (begin[1] == 0) {
		return nil, fmt.Errorf("%w: it looks like UTF-16 without its mark", ErrText)
	}
	if m := single[name]; m != nil {
		return bufio.NewReader(&strict{in: transform.NewReader(in, m.NewDecoder()), made: true}), nil
	}
	if e := wide(name); e != nil {
		return bufio.NewReader(&strict{in: transform.NewReader(in, e.NewDecoder()), made: true}), nil
	}
	return bufio.NewReader(&strict{in: in}), nil
}

func markOf(begin []byte) string {
	if bytes.HasPrefix(begin, markUTF8) {
		return "utf-8"
	}
	for name, mark := range markUTF16 {
		if bytes.HasPrefix(begin, mark) {
			return name
		}
	}
	return ""
}

func wide(name string) encoding.Encoding {
	switch name {
	case "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return nil
}

// Text is NewReader for a text in hand.
func Text(text []byte, name string) (string, error) {
	r, err := NewReader(bytes.NewReader(text), name)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(r)
	return string(b), err
}

// strict passes on what is UTF-8, and ends with an error where that ends. It is
// read through a buffer, which gives it room for a letter at least.
type strict struct {
	in   io.Reader
	made bool  // by a decoder: what it could not read it writes as U+FFFD
	at   int64 // bytes passed on
	tail []byte
	err  error
}

func (s *strict) Read(p []byte) (int, error) {
	n := copy(p, s.tail)
	s.tail = s.tail[:0]
	if s.err == nil {
		m, err := s.in.Read(p[n:])
		n, s.err = n+m, err
	}
	good := n
	for i := 0; i < n; {
		if p[i] < utf8.RuneSelf {
			i++
			continue
		}
		if s.err == nil && !utf8.FullRune(p[i:n]) {
			good = i
			s.tail = append(s.tail, p[i:n]...)
			break
		}
		r, size := utf8.DecodeRune(p[i:n])
		// Control characters above 0x7f are bytes that the encoding does not use:
		// it is another one.
		if r == utf8.RuneError && (size == 1 || s.made) || s.made && r <= 0x9f {
			what := fmt.Errorf("%w: byte %#x at place %d is not UTF-8", ErrText, p[i], s.at+int64(i))
			if s.made {
				what = fmt.Errorf("%w: behind %d bytes stands what it has no letter for", ErrText, s.at+int64(i))
			}
			s.err, s.tail = what, nil
			s.at += int64(i)
			return i, what
		}
		i += size
	}
	s.at += int64(good)
	if len(s.tail) > 0 {
		return good, nil
	}
	return good, s.err
}
