package codec

import (
	"encoding/binary"
	"hash/crc32"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const sealSize = 4

// Overhead is what a value has beside its payload: the least that one is long.
const Overhead = 2 + sealSize

func checksum(key, body []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, body)
}

// seal appends the checksum to a body that begins with type and version.
func seal(key, body []byte) []byte {
	return binary.LittleEndian.AppendUint32(body, checksum(key, body))
}

// Open checks a value's type, checksum and version and gives a Reader over its
// payload. newest is the highest version that the caller can read.
func Open(key, v []byte, typ Type, newest byte) (*Reader, error) {
	if err := Verify(key, v, typ); err != nil {
		return nil, err
	}
	if v[1] > newest {
		return nil, ErrNewer
	}
	return &Reader{b: v[2 : len(v)-sealSize], typ: typ, version: v[1], key: key}, nil
}

// Verify checks a value's type and checksum alone.
func Verify(key, v []byte, typ Type) error {
	if len(v) < Overhead || Type(v[0]) != typ {
		return located(errSeal, typ, key)
	}
	body := v[:len(v)-sealSize]
	if binary.LittleEndian.Uint32(v[len(body):]) != checksum(key, body) {
		return located(errSeal, typ, key)
	}
	return nil
}
