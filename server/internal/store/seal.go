package store

import (
	"encoding/binary"
	"fmt"
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
		return nil, 0, placed(errSeal, typ, key)
	}
	body := v[:len(v)-sealSize]
	if binary.LittleEndian.Uint32(v[len(body):]) != checksum(key, body) {
		return nil, 0, placed(errSeal, typ, key)
	}
	return &reader{b: body[2:], typ: typ, key: key}, v[1], nil
}

var bucketsByType = map[byte]string{
	typeRecord: "records", typeUser: "users", typeConfirmation: "confirmations", typeNotification: "notifications",
	typeSession: "sessions", typeSymptom: "symptoms", typeAlias: "aliases", typeDisease: "diseases", typeLink: "links",
	typeSetting: "settings", typeReply: "replies", typeDay: "days", typePhoto: "photos", typeRoot: "lists", typeNode: "nodes", typeTotals: "meta", typeSchema: "meta", typeDate: "meta",
}

// placed says which value it is. A session's key is the id of a token, which is
// nobody's to read in a log.
func placed(err error, typ byte, key []byte) error {
	switch typ {
	case typeSession:
		return fmt.Errorf("bucket sessions, a key of %d bytes: %w", len(key), err)
	case typeRoot, typeNode, typeSetting, typeTotals, typeSchema, typeDate:
		return fmt.Errorf("bucket %s, key %q: %w", bucketsByType[typ], key, err)
	}
	return fmt.Errorf("bucket %s, key %x: %w", bucketsByType[typ], key, err)
}
