package counted

import (
	"cmp"
	"math"
)

// Entry is what a list holds: a time in milliseconds since 1970, and an id.
type Entry struct {
	At int64
	ID uint64
}

var (
	// First comes before every entry, Last after every one that has a real id.
	First = Entry{At: math.MinInt64}
	Last  = Entry{At: math.MaxInt64, ID: math.MaxUint64}
)

// Compare orders by time, then by id.
func (e Entry) Compare(other Entry) int {
	if c := cmp.Compare(e.At, other.At); c != 0 {
		return c
	}
	return cmp.Compare(e.ID, other.ID)
}
