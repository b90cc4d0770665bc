package codec

import (
	"hash/crc32"
	"strings"
	"testing"
)

// A stored file refers to the places of the words and to the dictionary: a change
// would rename stored diseases.
func TestTablesKeepTheirPlaces(t *testing.T) {
	for _, table := range []struct {
		name string
		of   int // places that files refer to
		text string
		want uint32
	}{
		{"words", 35, strings.Join(words[:35], "|"), 0x342b516},
		{"dictionary", 1581, string(answersDictionary), 0xfbf8d69d},
	} {
		if got := crc32.ChecksumIEEE([]byte(table.text)); got != table.want {
			t.Errorf("%s: checksum %#x, was %#x", table.name, got, table.want)
		}
	}
	if len(answersDictionary) != 1581 {
		t.Errorf("the dictionary has %d bytes", len(answersDictionary))
	}
	if len(words) > 256 {
		t.Errorf("%d words: a place is one byte", len(words))
	}
}
