package mango

import (
	"strconv"
	"strings"
)

// Numbers come as text in forms, queries and JSON. Go's own readers take what it
// writes in programs too: 1_0, 0x10, +1, inf, NaN. A client that sends such a
// thing means something else, or nothing.

// ParseNumber reads a decimal number: digits, perhaps with a minus, a point
// between digits and an exponent. One that no float holds is none.
func ParseNumber(text string) (float64, bool) {
	rest := strings.TrimPrefix(text, "-")
	rest, ok := skipDigits(rest)
	if fraction, point := strings.CutPrefix(rest, "."); ok && point {
		rest, ok = skipDigits(fraction)
	}
	if ok && rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		rest = rest[1:]
		if rest != "" && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
		rest, ok = skipDigits(rest)
	}
	if !ok || rest != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}

// ParseWhole reads a whole number: digits, perhaps with a minus. One that no
// int64 holds comes back as the nearest that it does, with fits false.
func ParseWhole(text string) (n int64, fits, ok bool) {
	rest, ok := skipDigits(strings.TrimPrefix(text, "-"))
	if !ok || rest != "" {
		return 0, false, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil, true
}

// ParseID reads the id of something stored.
func ParseID(text string) (uint64, bool) {
	if rest, ok := skipDigits(text); !ok || rest != "" {
		return 0, false
	}
	id, err := strconv.ParseUint(text, 10, 64)
	return id, err == nil
}

// skipDigits is what follows one digit or more.
func skipDigits(text string) (rest string, ok bool) {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return text[n:], n > 0
}
