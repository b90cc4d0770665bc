package auth

import (
	"context"
	"errors"
	"strings"
	"testing"

	"mangosense/server/internal/mango"
)

// TestAtOnce: the third check waits, and gives up when its context does.
func TestAtOnce(t *testing.T) {
	h := newHasher()
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
	h := newHasher()
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
	h := newHasher()
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

// TestGreedyHashes: a hash from a dump cannot ask for a machine's whole memory
// or an hour of it.
func TestGreedyHashes(t *testing.T) {
	for _, hash := range []string{
		"$argon2id$v=19$m=1048576,t=2,p=1$c29tZXNhbHQxMjM0$" + strings.Repeat("A", 43),
		"$argon2id$v=19$m=19456,t=4000000000,p=1$c29tZXNhbHQxMjM0$" + strings.Repeat("A", 43),
		"$argon2id$v=19$m=19456,t=2,p=255$c29tZXNhbHQxMjM0$" + strings.Repeat("A", 43),
		"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQxMjM0$" + strings.Repeat("A", 4000),
		"$argon2id$v=18$m=19456,t=2,p=1$c29tZXNhbHQxMjM0$" + strings.Repeat("A", 43),
		"$argon2id$v=19$m=19456,t=2,p=1,x$c29tZXNhbHQxMjM0$" + strings.Repeat("A", 43),
		"pbkdf2_sha256$999999999$salt$" + strings.Repeat("A", 43) + "=",
		"pbkdf2_sha256$-1$salt$" + strings.Repeat("A", 43) + "=",
		"pbkdf2_sha256$1000$salt$AAAA",
	} {
		if KnownHash(hash) {
			t.Errorf("%s was taken", hash)
		}
	}
	if !KnownHash("pbkdf2_sha256$1000000$salt$" + strings.Repeat("A", 43) + "=") {
		t.Error("the predecessor's own form was refused")
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
	h := newHasher()
	for b.Loop() {
		if _, _, err := h.verify(context.Background(), h.dummy, "Carabao2026"); err != nil {
			b.Fatal(err)
		}
	}
}
