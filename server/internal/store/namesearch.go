package store

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"go.etcd.io/bbolt"

	"mangosense/server/internal/store/codec"
)

// named are the ids of the records whose file names begin with a text, and of
// those that contain it, with or without its accents. The names lie in order of
// their first letters, so that all that begin with it are found among however
// many; those that contain it, among the first mostNamesRead.
func named(tx *bbolt.Tx, text string) []uint64 {
	var ids []uint64
	prefix := []byte(searchName(text))
	c := tx.Bucket(bucketNames).Cursor()
	for k, _ := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix) && len(ids) < mostNamesFound; k, _ = c.Next() {
		ids = append(ids, codec.ID(k[len(k)-8:]))
	}
	folded := searchText(text)
	if folded == "" {
		return ids
	}
	read := 0
	for k, _ := c.First(); k != nil && read < mostNamesRead; k, _ = c.Next() {
		read++
		if len(k) > 9 && nameContains(k[:len(k)-9], folded) {
			ids = append(ids, codec.ID(k[len(k)-8:]))
		}
	}
	return ids
}

// nameContains looks for a folded text in a name as it stands in the bucket:
// lower case, with its accents, perhaps cut within a letter.
func nameContains(name []byte, folded string) bool {
	if isASCII(name) {
		return bytes.Contains(name, []byte(folded))
	}
	return strings.Contains(searchText(strings.ToValidUTF8(string(name), "")), folded)
}

func isASCII(text []byte) bool {
	for _, b := range text {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
