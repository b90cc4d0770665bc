package api_test

import (
	"fmt"
	"net/netip"
	"testing"

	"mangosense/server/internal/api"
)

// guarded is a site behind a trusted proxy, with an account in it; try logs in
// from an address and gives the status.
func guarded(t *testing.T, rate int) (s *site, try func(address, secret string) int) {
	t.Helper()
	s = newSite(t, func(c *api.Config) {
		c.Limits = api.Limits{Login: rate}
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	s.join("lito@farm.example")
	return s, func(address, secret string) int {
		b := object(map[string]string{"email": "lito@farm.example", "password": secret})
		b.header = map[string]string{"X-Forwarded-For": address}
		return s.send("POST", "/api/login/", "", b).status
	}
}

// TestOwnerIsLetIn: strangers who guess from many addresses keep the owner out
// neither where it was before nor at a new place, and get few guesses.
func TestOwnerIsLetIn(t *testing.T) {
	const rate = 10
	_, try := guarded(t, rate)
	guesses := 0
	for round := range 8 {
		for i := range 5 {
			if try(fmt.Sprintf("203.0.113.%d", i+1), "wrong") == 401 {
				guesses++
			}
		}
		if got := try("198.51.100.1", password); got != 200 {
			t.Errorf("round %d: the owner's own address gets %d", round, got)
		}
		if got := try(fmt.Sprintf("198.51.100.%d", round+10), password); got != 200 {
			t.Errorf("round %d: the owner at a new place gets %d", round, got)
		}
	}
	if guesses > rate+5*3+3 { // until the account is known to be guessed at, then three of each, and what comes back meanwhile
		t.Errorf("forty guesses from five addresses: %d were checked", guesses)
	}
}

// TestGuessesStayFew: while an account is guessed at, each new address gets three
// tries, not an allowance.
func TestGuessesStayFew(t *testing.T) {
	_, try := guarded(t, 10)
	for range 10 {
		try("203.0.113.1", "wrong")
	}
	got := 0
	for range 10 {
		if try("203.0.113.2", "wrong") == 401 {
			got++
		}
	}
	if got != 3 {
		t.Errorf("a new address gets %d tries at an account that is guessed at, want 3", got)
	}
}

// TestKnownWithoutLogin: where an account was registered, and where its password
// was changed, its owner is known before any login, whoever guesses elsewhere and
// whoever used up the address by guessing at others.
func TestKnownWithoutLogin(t *testing.T) {
	const rate, home, work = 5, "198.51.100.1", "198.51.100.2"
	s := newSite(t, func(c *api.Config) {
		c.Limits = api.Limits{Login: rate}
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	from := func(address, path, token string, body map[string]string) *answer {
		b := object(body)
		b.header = map[string]string{"X-Forwarded-For": address}
		return s.send("POST", path, token, b)
	}
	guess := func(address, email string) int {
		return from(address, "/api/login/", "", map[string]string{"email": email, "password": "wrong"}).status
	}
	const email = "ana@farm.example"
	from(home, "/api/register/", "", map[string]string{"firstName": "Ana", "lastName": "Cruz", "email": " Ana@Farm.example ", "password": password, "address": "Jordan, Guimaras"}).want(200)
	for i := range 2 * rate {
		guess(home, fmt.Sprintf("nobody%d@farm.example", i))
	}
	if got := guess(home, "nobody@farm.example"); got != 429 {
		t.Fatalf("an address that tries many accounts gets %d", got)
	}
	var own account
	in := from(home, "/api/login/", "", map[string]string{"email": email, "password": password})
	if in.status != 200 {
		t.Fatalf("the owner, where it registered, gets %d", in.status)
	}
	in.read(&own)
	from(work, "/api/me/password/", own.Access, map[string]string{"old_password": password, "new_password": password + "2"}).want(200)
	for i := range 2 * rate {
		guess(work, fmt.Sprintf("nobody%d@farm.example", i))
	}
	if got := from(work, "/api/login/", "", map[string]string{"email": email, "password": password + "2"}).status; got != 200 {
		t.Errorf("the owner, where it changed its password, gets %d", got)
	}
}

// TestNeighbours: behind one address, failures at other accounts do not keep
// out whoever logged in from there before; a right password costs no failure.
func TestNeighbours(t *testing.T) {
	s, try := guarded(t, 6)
	const shared = "198.51.100.1"
	for i := range 10 {
		if got := try(shared, password); got != 200 {
			t.Fatalf("login %d with the right password gets %d", i, got)
		}
	}
	for i := range 10 {
		b := object(map[string]string{"email": fmt.Sprintf("nobody%d@farm.example", i), "password": "wrong"})
		b.header = map[string]string{"X-Forwarded-For": shared}
		if got := s.send("POST", "/api/login/", "", b).status; i == 9 && got != 429 {
			t.Errorf("an address that tries many accounts gets %d", got)
		}
	}
	if got := try(shared, password); got != 200 {
		t.Errorf("whoever logged in from there before gets %d", got)
	}
}

// TestRightPasswordIsBounded: also the right one costs processor time.
func TestRightPasswordIsBounded(t *testing.T) {
	_, try := guarded(t, 2)
	limited := false
	for range 100 {
		limited = limited || try("198.51.100.1", password) == 429
	}
	if !limited {
		t.Error("a hundred logins a moment passed")
	}
}
