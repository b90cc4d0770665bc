package auth

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"strings"
)

// djangoPrefix begins the predecessor's password hashes:
// pbkdf2_sha256$<iterations>$<salt>$<base64 of 32 bytes>.
const djangoPrefix = "pbkdf2_sha256$"

// maxIterations bounds the work that an imported hash can ask for: four times
// what the predecessor's newest version asks.
const maxIterations = 4_000_000

func parseDjango(hash string) (iterations int, salt string, key []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 4 || parts[0]+"$" != djangoPrefix {
		return 0, "", nil, ErrHash
	}
	iterations, err = strconv.Atoi(parts[1])
	if err != nil || iterations < 1 || iterations > maxIterations || parts[2] == "" || len(parts[2]) > 128 {
		return 0, "", nil, ErrHash
	}
	key, err = base64.StdEncoding.DecodeString(parts[3])
	if err != nil || len(key) != sha256.Size {
		return 0, "", nil, ErrHash
	}
	return iterations, parts[2], key, nil
}

func verifyDjango(hash, password string) (bool, error) {
	iterations, salt, want, err := parseDjango(hash)
	if err != nil {
		return false, err
	}
	got, err := pbkdf2.Key(sha256.New, password, []byte(salt), iterations, sha256.Size)
	if err != nil {
		return false, ErrHash
	}
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// KnownHash reports whether a hash is one that a login can be checked against.
func KnownHash(hash string) bool {
	if _, _, _, err := parseArgon(hash); err == nil && strings.HasPrefix(hash, argonPrefix) {
		return true
	}
	_, _, _, err := parseDjango(hash)
	return err == nil
}
