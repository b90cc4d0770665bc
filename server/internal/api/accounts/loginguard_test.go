package accounts_test

import (
	"fmt"
	"net/netip"
	"testing"

	"mangosense/server/internal/api"
	"mangosense/server/internal/api/apitest"
)

// guarded is a site behind a trusted proxy, with an account in it; try logs in
// from an address and gives the status.
func guarded(t *testing.T, rate int) (s *apitest.Site, try func(address, secret string) int) {
	t.Helper()
	s = apitest.New(t, func(c *api.Config) {
		c.Limits = api.Limits{Login: rate}
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	s.Join("lito@farm.example")
	return s, func(address, secret string) int {
		b := apitest.Object(map[string]string{"email": "lito@farm.example", "password": secret})
		b.Header = map[string]string{"X-Forwarded-For": address}
		return s.Send("POST", "/api/login/", "", b).Status
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
		if got := try("198.51.100.1", apitest.Password); got != 200 {
			t.Errorf("round %d: the owner's own address gets %d", round, got)
		}
		if got := try(fmt.Sprintf("198.51.100.%d", round+10), apitest.Password); got != 200 {
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
	s := apitest.New(t, func(c *api.Config) {
		c.Limits = api.Limits{Login: rate}
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	from := func(address, path, token string, body map[string]string) *apitest.Answer {
		b := apitest.Object(body)
		b.Header = map[string]string{"X-Forwarded-For": address}
		return s.Send("POST", path, token, b)
	}
	guess := func(address, email string) int {
		return from(address, "/api/login/", "", map[string]string{"email": email, "password": "wrong"}).Status
	}
	const email = "ana@farm.example"
	from(home, "/api/register/", "", map[string]string{"firstName": "Ana", "lastName": "Cruz", "email": " Ana@Farm.example ", "password": apitest.Password, "address": "Jordan, Guimaras"}).Want(200)
	for i := range 2 * rate {
		guess(home, fmt.Sprintf("nobody%d@farm.example", i))
	}
	if got := guess(home, "nobody@farm.example"); got != 429 {
		t.Fatalf("an address that tries many accounts gets %d", got)
	}
	var own apitest.Account
	in := from(home, "/api/login/", "", map[string]string{"email": email, "password": apitest.Password})
	if in.Status != 200 {
		t.Fatalf("the owner, where it registered, gets %d", in.Status)
	}
	in.Read(&own)
	from(work, "/api/me/password/", own.Access, map[string]string{"old_password": apitest.Password, "new_password": apitest.Password + "2"}).Want(200)
	for i := range 2 * rate {
		guess(work, fmt.Sprintf("nobody%d@farm.example", i))
	}
	if got := from(work, "/api/login/", "", map[string]string{"email": email, "password": apitest.Password + "2"}).Status; got != 200 {
		t.Errorf("the owner, where it changed its password, gets %d", got)
	}
}

// TestNeighbours: behind one address, failures at other accounts do not keep
// out whoever logged in from there before; a right password costs no failure.
func TestNeighbours(t *testing.T) {
	s, try := guarded(t, 6)
	const shared = "198.51.100.1"
	for i := range 10 {
		if got := try(shared, apitest.Password); got != 200 {
			t.Fatalf("login %d with the right password gets %d", i, got)
		}
	}
	for i := range 10 {
		b := apitest.Object(map[string]string{"email": fmt.Sprintf("nobody%d@farm.example", i), "password": "wrong"})
		b.Header = map[string]string{"X-Forwarded-For": shared}
		if got := s.Send("POST", "/api/login/", "", b).Status; i == 9 && got != 429 {
			t.Errorf("an address that tries many accounts gets %d", got)
		}
	}
	if got := try(shared, apitest.Password); got != 200 {
		t.Errorf("whoever logged in from there before gets %d", got)
	}
}

// TestRightPasswordIsBounded: also the right one costs processor time.
func TestRightPasswordIsBounded(t *testing.T) {
	_, try := guarded(t, 2)
	limited := false
	for range 100 {
		limited = limited || try("198.51.100.1", apitest.Password) == 429
	}
	if !limited {
		t.Error("a hundred logins a moment passed")
	}
}
