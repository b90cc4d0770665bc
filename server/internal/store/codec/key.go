package codec

import "encoding/binary"

// Key is an id as a key: keys sort as ids do.
func Key(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

// ID is the id that a key stands for; 0 for a key that is no id.
func ID(key []byte) uint64 {
	if len(key) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(key)
}
