package upload

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxParams is how many parameters of one header are looked at.
const maxParams = 32

// Header is the value of a Content-Type or Content-Disposition with its
// parameters, read as the usual servers read it: phones send boundaries bare
// that the RFC wants quoted (`===1616===`, `----=_Part_0_1`, with / : ? , ( )
// or a space inside), names in capitals, a semicolon at the end. A bare value
// ends at the next semicolon.
type Header struct {
	Value  string // "multipart/form-data", in lower case
	params map[string]string
}

// ParseHeader reads a header's value. Never fails: what cannot be read is not
// there.
func ParseHeader(text string) Header {
	value, rest, _ := strings.Cut(text, ";")
	h := Header{Value: strings.ToLower(strings.TrimSpace(value)), params: map[string]string{}}
	for rest != "" && len(h.params) < maxParams {
		rest = strings.TrimLeft(rest, "; \t\r\n")
		end := strings.IndexAny(rest, "=;")
		if end < 0 {
			break
		}
		name := strings.ToLower(strings.TrimSpace(rest[:end]))
		if rest[end] == ';' { // a word without a value
			rest = rest[end:]
			continue
		}
		var v string
		v, rest = parameter(strings.TrimLeft(rest[end+1:], " \t\r\n"))
		if had, twice := h.params[name]; twice && had != v {
			v = "" // whoever reads the other one reads another body
		}
		h.params[name] = v
	}
	return h
}

// parameter reads one value and what follows it.
func parameter(text string) (value, rest string) {
	if quoted, rest, ok := quotedText(text); ok {
		if i := strings.IndexByte(rest, ';'); i >= 0 {
			return quoted, rest[i:]
		}
		return quoted, ""
	}
	end := strings.IndexByte(text, ';')
	if end < 0 {
		end = len(text)
	}
	return strings.TrimRight(text[:end], " \t\r\n"), text[end:]
}

// quotedText reads a text in quotes. A backslash counts only before a quote and
// another backslash: a name may be a path of Windows.
func quotedText(text string) (value, rest string, ok bool) {
	if text == "" || text[0] != '"' {
		return "", "", false
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return b.String(), text[i+1:], true
		case c == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false // it never ends: no quoted text
}

// Param is a parameter's value; empty when there is none. The extended form
// (`filename*=UTF-8”na%C3%AFve.jpg`) comes before the plain one, which is only
// there for those who cannot read it; pieces (`name*0=`) are put together.
func (h Header) Param(name string) string {
	if v, ok := extended(h.params[name+"*"]); ok {
		return v
	}
	if v, ok := h.params[name]; ok {
		return v
	}
	var b strings.Builder
	coded := false
	for i := 0; i < maxParams; i++ {
		key := name + "*" + strconv.Itoa(i)
		if v, ok := h.params[key]; ok {
			b.WriteString(v)
		} else if v, ok := h.params[key+"*"]; ok {
			coded = true
			b.WriteString(v)
		} else {
			break
		}
	}
	if coded {
		v, _ := extended(b.String())
		return v
	}
	return b.String()
}

// extended reads charset'language'percent-coded.
func extended(text string) (string, bool) {
	charset, rest, ok := strings.Cut(text, "'")
	if !ok {
		return "", false
	}
	_, coded, ok := strings.Cut(rest, "'")
	if !ok {
		return "", false
	}
	plain, err := url.PathUnescape(coded)
	if err != nil {
		return "", false
	}
	return toUTF8(plain, charset)
}

// toUTF8 reads a text in the character set that its sender names. Not ok: it is
// none of those that are read, or the text is not in it.
func toUTF8(text, charset string) (string, bool) {
	switch strings.ToLower(strings.TrimSpace(charset)) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return text, utf8.ValidString(text)
	case "iso-8859-1", "iso8859-1", "latin1", "latin-1":
		letters := make([]rune, 0, len(text))
		for i := range len(text) {
			letters = append(letters, rune(text[i]))
		}
		return string(letters), true
	}
	return "", false
}

// Boundary is the boundary of a multipart body, empty when the header names
// none that can be one: up to 200 visible characters and spaces, with no space
// at the end.
func (h Header) Boundary() string {
	b := h.Param("boundary")
	if b == "" || len(b) > 200 || b[len(b)-1] == ' ' {
		return ""
	}
	for i := range len(b) {
		if b[i] < ' ' || b[i] > '~' {
			return ""
		}
	}
	return b
}
