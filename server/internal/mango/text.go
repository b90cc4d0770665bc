package mango

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Texts that strangers write are stored and shown to others: on a page, in a
// terminal, in a spreadsheet. What cannot be seen, or makes a reader see another
// order than is written, has no place in them.

// CleanText takes out control characters (but tab and line feed), characters
// that turn the direction of what follows, and invisible ones. The joiners stay
// between letters of scripts that write with them, and in emoji. Broken UTF-8
// becomes U+FFFD.
func CleanText(s string) string {
	if plainText(s) {
		return s
	}
	var b strings.Builder
	var before rune
	runes := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	for i, r := range runes {
		switch {
		case r == '\u2028' || r == '\u2029':
			r = '\n'
		case joins(r):
			if !joinable(before) || i == len(runes)-1 || !joinable(runes[i+1]) {
				continue
			}
		case varies(r):
			if before == 0 || unicode.IsSpace(before) {
				continue
			}
		case hidden(r):
			continue
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

// plainText is the usual case, in which nothing has to go.
func plainText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c == 0x7f || c < ' ' && c != '\t' && c != '\n' {
			return false
		}
	}
	return true
}

// joins are the two joiners.
func joins(r rune) bool { return r == '\u200C' || r == '\u200D' }

// varies are the variation selectors, of emoji among others.
func varies(r rune) bool { return r >= '\uFE00' && r <= '\uFE0F' }

// joinable are letters and marks of scripts that join, and what emoji are made of.
func joinable(r rune) bool {
	return r >= '\u0590' && (unicode.IsLetter(r) || unicode.IsMark(r)) || unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r) && r > 0xFFFF
}

// hidden are characters that are not seen themselves.
func hidden(r rune) bool {
	switch {
	case r == '\t' || r == '\n':
		return false
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r):
		return true
	}
	switch r {
	case '\u034F', '\u115F', '\u1160', '\u17B4', '\u17B5', '\u3164', '\uFFA0': // fillers and a joiner that are no Cf
		return true
	}
	return false
}

// ClipText is CleanText, cut to n characters.
func ClipText(s string, n int) string {
	s = CleanText(s)
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

// Legible reports whether there is anything to be seen in a text.
func Legible(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return r != '\u2800' && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsPunct(r) || unicode.IsSymbol(r)) && !hidden(r)
	})
}

// CleanLine reports whether a text is one line that CleanText leaves as it is,
// and is empty or legible: what a name must be.
func CleanLine(s string) bool {
	return !strings.ContainsAny(s, "\t\n") && CleanText(s) == s && (s == "" || Legible(s))
}

// CleanJSON is CleanText for the strings of a JSON text, which must be valid.
// What is written as an escape goes too.
func CleanJSON(text []byte) []byte {
	s := string(text)
	if plainText(s) && !strings.Contains(s, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			i++
			continue
		}
		end := i + 2
		r := rune(-1)
		switch s[i+1] {
		case 'b', 'f':
			r = 0
		case 'u':
			end = min(i+6, len(s))
			r = hexRune(s[i+2 : end])
			if r == 0xDB40 && strings.HasPrefix(s[end:], `\u`) { // with what follows a tag, all of which are hidden
				r, end = 0, min(end+6, len(s))
			}
		}
		if r < 0 || !hidden(r) || joins(r) {
			b.WriteString(s[i:end])
		}
		i = end
	}
	return []byte(CleanText(b.String()))
}

// hexRune reads four hex digits; -1 where they are none.
func hexRune(digits string) rune {
	if len(digits) != 4 {
		return -1
	}
	var r rune
	for _, c := range []byte(digits) {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return r
}
