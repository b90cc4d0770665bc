package mango

import (
	"strconv"
	"strings"
)

// Numbers come as text in forms, queries and JSON. They are read as people and
// programs write them: +10.5, .5 and 10. count, as they do for Django, printf and
// EXIF tools. What only Go reads (1_0, 0x10, inf, NaN) is no number, and neither is
// a decimal comma, which might as well separate two numbers.

// ParseNumber reads a decimal number: a sign, digits with a point before, among
// or behind them, and an exponent. One that no float holds is none.
func ParseNumber(text string) (float64, bool) {
	rest, digits := skipDigits(unsigned(text))
	if fraction, point := strings.CutPrefix(rest, "."); point {
		var more bool
		rest, more = skipDigits(fraction)
		digits = digits || more
	}
	if digits && rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		rest, digits = skipDigits(unsigned(rest[1:]))
	}
	if !digits || rest != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}

// ParseWhole reads a whole number: digits, perhaps with a sign. One that no
// int64 holds comes back as the nearest that it does, with fits false.
func ParseWhole(text string) (n int64, fits, ok bool) {
	rest, ok := skipDigits(unsigned(text))
	if !ok || rest != "" {
		return 0, false, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil, true
}

// unsigned is a number's text without its one sign.
func unsigned(text string) string {
	if text != "" && (text[0] == '+' || text[0] == '-') {
		return text[1:]
	}
	return text
}

// ParseID reads the id of something stored.
func ParseID(text string) (uint64, bool) {
	if rest, ok := skipDigits(text); !ok || rest != "" {
		return 0, false
	}
	id, err := strconv.ParseUint(text, 10, 64)
	return id, err == nil
}

// skipDigits is what follows the digits; ok: there is one at least.
func skipDigits(text string) (rest string, ok bool) {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return text[n:], n > 0
}
