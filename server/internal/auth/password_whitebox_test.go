package auth

import (
	"context"
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"

	"mangosense/server/internal/mango"
)

// TestAtOnce: the third check waits, and gives up when its context does.
func TestAtOnce(t *testing.T) {
	h := newHasher(0)
	var leave func()
	for range atOnce {
		var err error
		if leave, err = h.enter(Known(context.Background())); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := h.hash(ctx, "x"); mango.CodeOf(err) != mango.Busy || !errors.Is(err, context.Canceled) {
		t.Errorf("with every place taken: %v", err)
	}
	leave()
	if _, err := h.hash(context.Background(), "x"); err != nil {
		t.Errorf("with a free place: %v", err)
	}
}

// TestStrangersLeaveAPlace: whoever is known does not wait behind those who are not.
func TestStrangersLeaveAPlace(t *testing.T) {
	h := newHasher(0)
	for range strangersAtOnce {
		if _, err := h.enter(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := h.enter(ctx); mango.CodeOf(err) != mango.Busy {
		t.Errorf("one stranger more: %v", err)
	}
	leave, err := h.enter(Known(context.Background()))
	if err != nil {
		t.Fatal(err)
	}
	leave()
	if _, err := h.enter(Known(context.Background())); err != nil {
		t.Errorf("a place was not given back: %v", err)
	}
}

func TestHash(t *testing.T) {
	h := newHasher(0)
	ctx := context.Background()
	one, err := h.hash(ctx, "Carabao2026")
	if err != nil {
		t.Fatal(err)
	}
	two, err := h.hash(ctx, "Carabao2026")
	if err != nil || one == two {
		t.Errorf("two hashes of one password: %v, %v", one == two, err)
	}
	for _, c := range []struct {
		name, hash, password string
		ok, stale            bool
	}{
		{"right", one, "Carabao2026", true, false},
		{"wrong", one, "carabao2026", false, false},
		{"weaker parameters", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxMjM0$QG6d44xS9n6gF2CZ9Bw9GA", "x", false, false},
		{"no hash", "", "", false, false},
		{"unusable, as the predecessor marks it", "!abcdef", "!abcdef", false, false},
		{"other method", "md5$salt$0123", "x", false, false},
		{"dummy", h.dummy, "", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			ok, stale, err := h.verify(ctx, c.hash, c.password)
			if ok != c.ok || stale != c.stale || err != nil {
				t.Errorf("ok %v, stale %v, %v", ok, stale, err)
			}
		})
	}
}

// TestKnownHash: a hash from a dump cannot ask for a machine's whole memory or
// an hour of it. Each bound is tried on both its sides.
func TestKnownHash(t *testing.T) {
	argon := func(m, t uint32, p uint8, salt, key int) string {
		return encodeArgon(argonParams{m, t, p}, make([]byte, salt), make([]byte, key))
	}
	const key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for _, c := range []struct {
		name, hash string
		want       bool
	}{
		{"ours", argon(19456, 2, 1, 16, 32), true},
		{"least of all", argon(8, 1, 1, 8, 16), true},
		{"most of all", argon(65536, 10, 4, 64, 64), true},
		{"memory too little", argon(7, 2, 1, 16, 32), false},
		{"memory too much", argon(65537, 2, 1, 16, 32), false},
		{"time none", argon(19456, 0, 1, 16, 32), false},
		{"time too much", argon(19456, 11, 1, 16, 32), false},
		{"threads none", argon(19456, 2, 0, 16, 32), false},
		{"threads too many", argon(19456, 2, 5, 16, 32), false},
		{"salt too short", argon(19456, 2, 1, 7, 32), false},
		{"salt too long", argon(19456, 2, 1, 65, 32), false},
		{"key too short", argon(19456, 2, 1, 16, 15), false},
		{"key too long", argon(19456, 2, 1, 16, 65), false},
		{"time beyond any", "$argon2id$v=19$m=19456,t=4000000000,p=1$c29tZXNhbHQxMjM0$" + key, false},
		{"other version", "$argon2id$v=18$m=19456,t=2,p=1$c29tZXNhbHQxMjM0$" + key, false},
		{"more behind the parameters", "$argon2id$v=19$m=19456,t=2,p=1,x$c29tZXNhbHQxMjM0$" + key, false},
		{"parameters in words", "$argon2id$v=19$m=19456,t=2,p=1 .$c29tZXNhbHQxMjM0$" + key, false},
		{"parameter missing", "$argon2id$v=19$m=19456,t=2$c29tZXNhbHQxMjM0$" + key, false},
		{"salt not base64", "$argon2id$v=19$m=19456,t=2,p=1$%%%%%%%%%%%%%%$" + key, false},
		{"key not base64", "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQxMjM0$%%" + key, false},
		{"part missing", "$argon2id$v=19$m=19456,t=2,p=1$" + key, false},
		{"part more", "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQxMjM0$" + key + "$", false},
		{"argon2i", "$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQxMjM0$" + key, false},
		{"predecessor's", "pbkdf2_sha256$1000000$salt$" + key + "=", true},
		{"predecessor's, one round", "pbkdf2_sha256$1$salt$" + key + "=", true},
		{"predecessor's, most rounds", "pbkdf2_sha256$4000000$salt$" + key + "=", true},
		{"predecessor's, too many rounds", "pbkdf2_sha256$4000001$salt$" + key + "=", false},
		{"predecessor's, no round", "pbkdf2_sha256$0$salt$" + key + "=", false},
		{"predecessor's, rounds below none", "pbkdf2_sha256$-1$salt$" + key + "=", false},
		{"predecessor's, rounds in words", "pbkdf2_sha256$many$salt$" + key + "=", false},
		{"predecessor's, no salt", "pbkdf2_sha256$1000$$" + key + "=", false},
		{"predecessor's, longest salt", "pbkdf2_sha256$1000$" + strings.Repeat("s", 128) + "$" + key + "=", true},
		{"predecessor's, salt too long", "pbkdf2_sha256$1000$" + strings.Repeat("s", 129) + "$" + key + "=", false},
		{"predecessor's, short key", "pbkdf2_sha256$1000$salt$AAAA", false},
		{"predecessor's, key not base64", "pbkdf2_sha256$1000$salt$" + key + "%", false},
		{"predecessor's, part more", "pbkdf2_sha256$1000$salt$" + key + "=$", false},
		{"other method", "pbkdf2_sha1$1000$salt$" + key + "=", false},
		{"unusable", "!", false},
		{"none", "", false},
	} {
		if got := KnownHash(c.hash); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestStale: a hash of the right password is replaced where any parameter is
// not today's.
func TestStale(t *testing.T) {
	h := newHasher(0)
	for _, c := range []struct {
		name      string
		p         argonParams
		salt, key int
		want      bool
	}{
		{"today's", argonParams{argonMemory, argonTime, argonThreads}, argonSalt, argonKey, false},
		{"less memory", argonParams{8, argonTime, argonThreads}, argonSalt, argonKey, true},
		{"less time", argonParams{argonMemory, 1, argonThreads}, argonSalt, argonKey, true},
		{"more threads", argonParams{argonMemory, argonTime, 2}, argonSalt, argonKey, true},
		{"shorter salt", argonParams{argonMemory, argonTime, argonThreads}, 8, argonKey, true},
		{"shorter key", argonParams{argonMemory, argonTime, argonThreads}, argonSalt, 16, true},
	} {
		salt := make([]byte, c.salt)
		hash := encodeArgon(c.p, salt, argon2.IDKey([]byte("Carabao2026"), salt, c.p.time, c.p.memory, c.p.threads, uint32(c.key)))
		if ok, stale, err := h.verify(context.Background(), hash, "Carabao2026"); !ok || stale != c.want || err != nil {
			t.Errorf("%s: ok %v, stale %v, %v", c.name, ok, stale, err)
		}
		if ok, stale, err := h.verify(context.Background(), hash, "carabao2026"); ok || stale || err != nil {
			t.Errorf("%s, wrong password: ok %v, stale %v, %v", c.name, ok, stale, err)
		}
	}
}

func FuzzHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxMjM0$QG6d44xS9n6gF2CZ9Bw9GA")
	f.Add("pbkdf2_sha256$1$salt$AAAA")
	f.Fuzz(func(t *testing.T, hash string) {
		if p, salt, key, err := parseArgon(hash); err == nil && strings.HasPrefix(hash, argonPrefix) {
			if p2, salt2, key2, err := parseArgon(encodeArgon(p, salt, key)); err != nil || p2 != p || string(salt2) != string(salt) || string(key2) != string(key) {
				t.Errorf("%q does not come back", hash)
			}
		}
		if n, _, _, err := parseDjango(hash); err == nil && (n < 1 || n > maxIterations) {
			t.Errorf("%q asks for %d iterations", hash, n)
		}
	})
}

// BenchmarkLogin is what one password check costs.
func BenchmarkLogin(b *testing.B) {
	h := newHasher(0)
	for b.Loop() {
		if _, _, err := h.verify(context.Background(), h.dummy, "Carabao2026"); err != nil {
			b.Fatal(err)
		}
	}
}
