package auth

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"mangosense/server/internal/mango"
)

// argon2id as OWASP's password storage sheet gives it for 19 MiB.
const (
	argonMemory  = 19 << 10 // KiB
	argonTime    = 2
	argonThreads = 1
	argonSalt    = 16
	argonKey     = 32
)

// atOnce is how many password checks run at one time: two take 38 MiB, which
// is what logins may cost a server that has 512.
const atOnce = 2

// strangersAtOnce is how many of them serve unknown callers, so that known ones
// never wait behind those.
const strangersAtOnce = atOnce - 1

// hasher makes and checks password hashes.
type hasher struct {
	places    chan struct{}
	strangers chan struct{} // taken before a place
	cost      argonParams   // of new hashes
	dummy     string        // verified for unknown accounts, so that they take as long
}

// newHasher makes hashes that take so many KiB; 0: argonMemory.
func newHasher(memory uint32) *hasher {
	h := &hasher{places: make(chan struct{}, atOnce), strangers: make(chan struct{}, strangersAtOnce)}
	h.cost = argonParams{cmp.Or(memory, argonMemory), argonTime, argonThreads}
	h.dummy = encodeArgon(h.cost, make([]byte, argonSalt), make([]byte, argonKey))
	return h
}

type knownKey struct{}

// Known marks a caller who has proved its identity before: by a token, or by the
// right password from the same address.
func Known(ctx context.Context) context.Context { return context.WithValue(ctx, knownKey{}, true) }

// enter waits for a place.
func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	wait := []chan struct{}{h.strangers, h.places}
	if ctx.Value(knownKey{}) != nil {
		wait = wait[1:]
	}
	for i, places := range wait {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			for _, taken := range wait[:i] {
				<-taken
			}
			return nil, mango.Wrap(mango.Busy, ctx.Err(), "The server is busy with other logins. Please try again in a moment.")
		}
	}
	return func() {
		for _, taken := range wait {
			<-taken
		}
	}, nil
}

// hash makes the hash of a new password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, h.cost.time, h.cost.memory, h.cost.threads, argonKey)
	return encodeArgon(h.cost, salt, key), nil
}

// verify checks a password. stale means that the hash should be replaced by a new
// one. An account without a usable hash matches no password, and takes as long.
func (h *hasher) verify(ctx context.Context, hash, password string) (ok, stale bool, err error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return false, false, err
	}
	defer leave()
	switch {
	case strings.HasPrefix(hash, argonPrefix):
		ok, stale, err = h.verifyArgon(hash, password)
	case strings.HasPrefix(hash, djangoPrefix):
		ok, err = verifyDjango(hash, password)
		stale = true
	default:
		err = ErrHash
	}
	if err != nil {
		_, _, dummyErr := h.verifyArgon(h.dummy, password)
		return false, false, dummyErr
	}
	return ok, stale && ok, nil
}

const argonPrefix = "$argon2id$"

type argonParams struct {
	memory, time uint32
	threads      uint8
}

func encodeArgon(p argonParams, salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("%sv=%d$m=%d,t=%d,p=%d$%s$%s", argonPrefix, argon2.Version, p.memory, p.time, p.threads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// parseArgon reads a hash in the PHC notation. Parameters beyond what this
// server would ever have written are refused: a hash from a dump must not be
// able to take all memory.
func parseArgon(hash string) (p argonParams, salt, key []byte, err error) {
	parts := strings.Split(hash, "$") // "", argon2id, v=19, m=…,t=…,p=…, salt, key
	if len(parts) != 6 || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, ErrHash
	}
	const parameters = "m=%d,t=%d,p=%d"
	if _, err := fmt.Sscanf(parts[3], parameters, &p.memory, &p.time, &p.threads); err != nil || fmt.Sprintf(parameters, p.memory, p.time, p.threads) != parts[3] {
		return p, nil, nil, ErrHash // or something beside the numbers
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	key, keyErr := base64.RawStdEncoding.DecodeString(parts[5])
	switch {
	case saltErr != nil, keyErr != nil, len(salt) < 8, len(salt) > 64, len(key) < 16, len(key) > 64,
		p.memory < 8, p.memory > 64<<10, p.time < 1, p.time > 10, p.threads < 1, p.threads > 4:
		return p, nil, nil, ErrHash
	}
	return p, salt, key, nil
}

func (h *hasher) verifyArgon(hash, password string) (ok, stale bool, err error) {
	p, salt, want, err := parseArgon(hash)
	if err != nil {
		return false, false, err
	}
	got := argon2.IDKey([]byte(password), salt, p.time, p.memory, p.threads, uint32(len(want)))
	stale = p != h.cost || len(want) != argonKey || len(salt) != argonSalt
	return subtle.ConstantTimeCompare(got, want) == 1, stale, nil
}
