package store

import (
	"encoding/binary"
	"hash/crc32"
)

// A stored value is: type (1 byte), version of its encoding (1), payload, and
// CRC-32C (4) over bucket type, key, and all before it. bbolt has no checksum
// on its data pages; with this a rotten value is noticed, and repair can tell a
// record in a loose page from noise.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const sealSize = 4

func checksum(key, body []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, body)
}

// seal appends the checksum to a body that begins with type and version.
func seal(key, body []byte) []byte {
	return binary.LittleEndian.AppendUint32(body, checksum(key, body))
}

// open checks a sealed value and returns a reader over its payload and the
// version. The reader reads from v: what it returns is copied.
func open(key, v []byte, typ byte) (*reader, byte, error) {
	if len(v) < 2+sealSize || v[0] != typ {
		return nil, 0, errSeal
	}
	body := v[:len(v)-sealSize]
	if binary.LittleEndian.Uint32(v[len(body):]) != checksum(key, body) {
		return nil, 0, errSeal
	}
	return &reader{b: body[2:]}, v[1], nil
}
