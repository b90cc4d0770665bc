package accounts

import (
	"context"
	"fmt"
	"hash/maphash"
	"strings"
	"sync"
	"time"

	"mangosense/server/internal/auth"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/rate"
)

// Guesses at an account from a stranger must not keep its owner out, and must
// stay few. A login is let try by these rules:
//
//   - One address has LOGIN_RATE failures a minute, whatever the accounts.
//   - One address has as many for one account.
//   - While an account fails more often than that from addresses that are not
//     known to it, such an address has slowTries, and then one every slowEvery.
//     So a stranger who has many addresses gets little from each, and the owner
//     who comes from a new place gets in at the first try.
//   - An address is known to an account after a right password, and after the
//     account was registered or its password changed from there. It has an
//     allowance of its own then, which no other address can use up.
//   - A right password costs no failure; passRate bounds how often it is used.
const (
	slowTries = 3
	slowEvery = 5 * time.Minute
	passRate  = 2 // times LOGIN_RATE
)

// LoginLimits say so in docs/limits.md.
var LoginLimits = []mango.Limit{
	{Of: "wrong passwords from one address", Bound: "`LOGIN_RATE` a minute", Then: "429 with `Retry-After`; an account whose right password came from this address before, or that was registered there, has an allowance of its own"},
	{Of: "wrong passwords for one account from one address", Bound: "`LOGIN_RATE` a minute", Then: "429 with `Retry-After`"},
	{Of: "wrong passwords for one account from all unknown addresses", Bound: "`LOGIN_RATE` a minute", Then: fmt.Sprintf("each unknown address has %d tries, then one every %s; known addresses notice nothing", slowTries, slowEvery)},
	{Of: "right passwords for one account", Bound: fmt.Sprintf("%d × `LOGIN_RATE` a minute", passRate), Then: "429 with `Retry-After`"},
	{Of: "password checks at one time", Bound: "2, of which 1 for callers who are not known", Then: "the others wait, 10 s at most, then 503"},
}

type guard struct {
	address, pair, account, slow, passed *rate.Limiter
	known                                *familiar
}

// newGuard allows n failures a minute; nil: any number.
func newGuard(n int) *guard {
	if n <= 0 {
		return nil
	}
	return &guard{address: rate.PerMinute(n), pair: rate.PerMinute(n), account: rate.PerMinute(n), slow: rate.Every(slowEvery, slowTries),
		passed: rate.PerMinute(passRate * n), known: newFamiliar()}
}

// accountKey is what the tries at an account are counted under.
func accountKey(name string) string { return "account " + strings.ToLower(strings.TrimSpace(name)) }

// early says how long an address must wait whatever account it asks for; it
// costs nothing.
func (g *guard) early(address string) time.Duration {
	if g == nil || g.known.has(address) {
		return 0
	}
	return g.address.Wait(address)
}

// attempt is one login that was let try.
type attempt struct {
	guard            *guard
	address, account string
	known            bool
	charged          map[*rate.Limiter]string
}

// ask lets an address try a password of an account, or says how long to wait.
func (g *guard) ask(address, account string) (*attempt, time.Duration) {
	if g == nil {
		return nil, 0
	}
	a := &attempt{guard: g, address: address, account: account, charged: map[*rate.Limiter]string{}}
	pair := address + " " + account
	a.known = g.known.has(pair)
	if wait := g.passed.Wait(account); wait > 0 {
		return nil, wait
	}
	charge := func(l *rate.Limiter, key string) time.Duration {
		wait := l.Take(key)
		if wait > 0 {
			a.refund()
		} else {
			a.charged[l] = key
		}
		return wait
	}
	if !a.known {
		if wait := charge(g.address, address); wait > 0 {
			return nil, wait
		}
	}
	if wait := charge(g.pair, pair); wait > 0 {
		return nil, wait
	}
	if !a.known && g.account.Wait(account) > 0 {
		if wait := charge(g.slow, pair); wait > 0 {
			return nil, wait
		}
	}
	return a, 0
}

// context is ctx, in which an attempt from a known address does not wait behind
// strangers.
func (a *attempt) context(ctx context.Context) context.Context {
	if a == nil || !a.known {
		return ctx
	}
	return auth.Known(ctx)
}

func (a *attempt) refund() {
	for l, key := range a.charged {
		l.Refund(key)
	}
}

// done says how the attempt ended. An error that says nothing of the password,
// such as a busy server, counts for nothing.
func (a *attempt) done(err error) {
	if a == nil {
		return
	}
	switch code := mango.CodeOf(err); {
	case err == nil, code == mango.Forbidden: // right, though no administrator's
		a.refund()
		a.guard.passed.Take(a.account)
		a.guard.know(a.address, a.account)
	case code == mango.Unauthenticated:
		if !a.known {
			a.guard.account.Take(a.account)
		}
	default:
		a.refund()
	}
}

// know makes an address known to accounts, each by a key of accountKey.
func (g *guard) know(address string, accounts ...string) {
	if g == nil {
		return
	}
	g.known.add(address)
	for _, account := range accounts {
		g.known.add(address + " " + account)
	}
}

const (
	familiarSets = 1024 // each of familiarWays places, 8 bytes a place: 64 KiB
	familiarWays = 8
)

// familiar remembers keys in a table of fixed size. When a set is full, the one
// that was used longest ago makes room.
type familiar struct {
	seed maphash.Seed
	mu   sync.Mutex
	sets [familiarSets][familiarWays]uint64 // latest first
}

func newFamiliar() *familiar { return &familiar{seed: maphash.MakeSeed()} }

func (f *familiar) has(key string) bool { return f.find(key, false) }

func (f *familiar) add(key string) { f.find(key, true) }

func (f *familiar) find(key string, add bool) bool {
	hash := maphash.String(f.seed, key) | 1 // 0 marks an empty place
	f.mu.Lock()
	defer f.mu.Unlock()
	set := &f.sets[hash>>8%familiarSets]
	at, found := familiarWays-1, false
	for i := range set {
		if set[i] == hash {
			at, found = i, true
			break
		}
	}
	if found || add {
		copy(set[1:at+1], set[:at])
		set[0] = hash
	}
	return found
}
