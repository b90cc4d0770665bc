package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Size is a number of bytes, written "10MB", "512 MiB" or "1048576". Units
// count in 1,024s, as memory is sold.
type Size int64

var units = []struct {
	suffix string
	factor int64
}{
	{"gib", 1 << 30}, {"gb", 1 << 30}, {"g", 1 << 30},
	{"mib", 1 << 20}, {"mb", 1 << 20}, {"m", 1 << 20},
	{"kib", 1 << 10}, {"kb", 1 << 10}, {"k", 1 << 10},
	{"b", 1},
}

// UnmarshalText reads a size; kong calls it.
func (s *Size) UnmarshalText(text []byte) error {
	in := strings.ToLower(strings.TrimSpace(string(text)))
	number, factor := in, int64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(in, u.suffix); ok {
			number, factor = strings.TrimSpace(rest), u.factor
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > (1<<50)/factor {
		return fmt.Errorf("%q is not a size such as 10MB", text)
	}
	*s = Size(n * factor)
	return nil
}

// String writes the size with the largest unit that fits.
func (s Size) String() string {
	switch n := int64(s); {
	case n >= 1<<30 && n%(1<<30) == 0:
		return fmt.Sprintf("%dGB", n>>30)
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%dMB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%dKB", n>>10)
	default:
		return fmt.Sprintf("%dB", n)
	}
}
