package auth

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// minKey is the shortest secret: 256 bits, RFC 7518 3.2.
const minKey = 32

// keys are what one secret gives: a key for each purpose, so that no signature
// made for one is good for another.
type keys struct {
	id     string // kid of the tokens
	tokens []byte
	photos []byte
}

func deriveKeys(secret []byte) (keys, error) {
	if len(secret) < minKey {
		return keys{}, ErrShortKey
	}
	var k keys
	for _, part := range []struct {
		out  *[]byte
		info string
	}{{&k.tokens, "mangosense tokens 1"}, {&k.photos, "mangosense photos 1"}} {
		derived, err := hkdf.Key(sha256.New, secret, nil, part.info, sha256.Size)
		if err != nil {
			return keys{}, fmt.Errorf("cannot derive a key: %w", err)
		}
		*part.out = derived
	}
	sum := sha256.Sum256(k.tokens)
	k.id = hex.EncodeToString(sum[:8])
	return k, nil
}

// deriveAll gives the keys of the current secret first, then of those before.
func deriveAll(secret []byte, previous [][]byte) ([]keys, error) {
	all := make([]keys, 0, 1+len(previous))
	for i, s := range append([][]byte{secret}, previous...) {
		k, err := deriveKeys(s)
		if err != nil {
			return nil, fmt.Errorf("cannot use secret %d: %w", i, err)
		}
		all = append(all, k)
	}
	return all, nil
}
