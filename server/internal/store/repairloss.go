package store

import (
	"fmt"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/repair"
)

const mostNamed = 50 // losses that a report names; the rest it counts

// lose notes that something is missing now.
func (r *Report) lose(format string, args ...any) {
	if r.LostCount++; len(r.Lost) < mostNamed {
		r.Lost = append(r.Lost, fmt.Sprintf(format, args...))
	}
}

// nameLost says which of the keys that could not be read are in the new database
// in no version. What is made again from other rows is not lost.
func (r *Report) nameLost(db *database) error {
	return db.View(func(tx *bbolt.Tx) error {
		for _, bucket := range namesOf(kept) {
			spans := r.spans[bucket]
			if bucket == string(bucketMeta) {
				continue
			}
			slices.SortFunc(spans, func(a, b repair.Span) int { return strings.Compare(string(a.From), string(b.From)) })
			for _, s := range spans {
				b := tx.Bucket([]byte(bucket))
				if single(s) {
					if b.Get(s.From) == nil {
						r.lose("%s", nameOf(bucket, s.From))
					}
					continue
				}
				there := 0
				c := b.Cursor()
				for k, _ := c.Seek(s.From); k != nil && s.Holds(k); k, _ = c.Next() {
					there++
				}
				switch most, counted := idsOf(s, b.Sequence()); {
				case counted && uint64(there) == most:
				case counted:
					r.lose("%d or fewer of %s", most-uint64(there), rangeOf(bucket, s))
				case r.Backup == "": // else what the backup had of them is there
					r.lose("%s, as far as there were any", rangeOf(bucket, s))
				}
			}
		}
		return nil
	})
}

// idsOf is how many ids the range has up to the last that was given; keys of other
// kinds cannot be counted.
func idsOf(s repair.Span, last uint64) (n uint64, ok bool) {
	from, to := uint64(1), last+1
	if len(s.From) == 8 {
		from = max(1, codec.ID(s.From))
	}
	if len(s.To) == 8 {
		to = min(to, codec.ID(s.To))
	}
	if last == 0 || len(s.From) != 0 && len(s.From) != 8 || len(s.To) != 0 && len(s.To) != 8 {
		return 0, false
	}
	return max(from, to) - from, true
}

// single is a range of one key.
func single(s repair.Span) bool {
	return len(s.From) > 0 && len(s.To) == len(s.From)+1 && s.Holds(s.From) && s.To[len(s.From)] == 0
}

// nameOf is a row as people know it; the key of a session is nobody's to read.
func nameOf(bucket string, key []byte) string {
	switch {
	case bucket == string(bucketSessions):
		return "an ended session"
	case bucket == string(bucketSettings):
		return fmt.Sprintf("the setting %q", key)
	case bucket == string(bucketAliases):
		return fmt.Sprintf("alias %d", codec.ID(key))
	}
	return fmt.Sprintf("%s %d", strings.TrimSuffix(bucket, "s"), codec.ID(key))
}

func rangeOf(bucket string, s repair.Span) string {
	switch {
	case len(s.From) == 8 && len(s.To) == 8:
		return fmt.Sprintf("%s %d to %d", bucket, codec.ID(s.From), codec.ID(s.To)-1)
	case len(s.From) == 8:
		return fmt.Sprintf("%s from %d on", bucket, codec.ID(s.From))
	case len(s.To) == 8:
		return fmt.Sprintf("%s before %d", bucket, codec.ID(s.To))
	}
	return "the " + bucket
}
