package mango

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Faulty makes one error of faults such as "page: must be a whole number".
func Faulty(faults []string) error {
	if len(faults) == 0 {
		return nil
	}
	name, rest, _ := strings.Cut(faults[0], ": ")
	public := name + " " + rest + "."
	if first, _ := utf8.DecodeRuneInString(rest); unicode.IsUpper(first) {
		public = rest // a sentence of its own
	}
	return &Error{Code: Invalid, Public: public, Fields: faults}
}
