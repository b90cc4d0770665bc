package cli

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable is text in which a terminal finds nothing to obey: names of files may
// hold escape sequences, which are written as Go writes them. Line breaks stay.
func printable(text string) string { return escaped(text, '\n') }

// printableName is printable on one line.
func printableName(name string) string { return escaped(name, utf8.RuneError) }

func escaped(text string, stays rune) string {
	var out strings.Builder
	for i, r := range text {
		switch _, size := utf8.DecodeRuneInString(text[i:]); {
		case r == utf8.RuneError && size == 1: // no UTF-8
			quoted := strconv.QuoteToASCII(text[i : i+1])
			out.WriteString(quoted[1 : len(quoted)-1])
		case r != stays && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)):
			quoted := strconv.QuoteRuneToASCII(r)
			out.WriteString(quoted[1 : len(quoted)-1])
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}
