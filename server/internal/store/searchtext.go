package store

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"mangosense/server/internal/mango"
)

// searchText folds a text for a search: any case, with or without accents, so
// that pena finds Peña however either was typed.
func searchText(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.Is(unicode.Mn, c) {
			return -1
		}
		return unicode.ToLower(c)
	}, norm.NFD.String(strings.TrimSpace(text)))
}

// searchClass is searchText for a class or a part of one.
func searchClass(class string) string { return mango.ClassKey(searchText(class)) }
