package api

import (
	"fmt"
	"hash/maphash"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/clock"
	"mangosense/server/internal/mango"
)

// Limits are how many requests a minute one address, and one account, may
// make; as many may come at once. 0: no limit.
type Limits struct {
	Register int
	Login    int
	Refresh  int
	Predict  int
	Preview  int // anonymous previews
}

// limits are the tables for Limits.
type limits struct {
	register, secret, refresh, predict, preview *limiter
	login                                       *loginGuard
}

func newLimits(l Limits) limits {
	return limits{
		register: newLimiter(l.Register), secret: newLimiter(l.Login), login: newLoginGuard(l.Login), refresh: newLimiter(l.Refresh),
		predict: newLimiter(l.Predict), preview: newLimiter(l.Preview),
	}
}

const (
	limiterSets = 1024 // each of limiterWays places, 16 bytes a place: 128 KiB
	limiterWays = 8
)

// limiter counts requests by key in a table of fixed size. It keeps for each
// key the time at which its allowance will be full again (the generic debt
// rate algorithm). When a set is full, the key that has used least makes room:
// it loses nothing but its small debt.
type limiter struct {
	interval time.Duration // that one request costs
	burst    time.Duration // that may be owed
	seed     maphash.Seed
	elapsed  func() time.Duration // no step of the wall clock may lock anybody out

	mu   sync.Mutex
	sets [limiterSets][limiterWays]debt
}

type debt struct {
	key  uint64
	full int64 // nanoseconds of elapsed time
}

// newLimiter allows n requests a minute; nil: any number.
func newLimiter(n int) *limiter {
	if n <= 0 {
		return nil
	}
	return &limiter{interval: time.Minute / time.Duration(n), burst: time.Minute, seed: maphash.MakeSeed(), elapsed: clock.Elapsed}
}

// take counts one request of key and says how long to wait if it is too many;
// then it does not count.
func (l *limiter) take(key string) (wait time.Duration) {
	if l == nil {
		return 0
	}
	at := l.elapsed().Nanoseconds()
	l.mu.Lock()
	defer l.mu.Unlock()
	place := l.place(key)
	full := max(place.full, at) + int64(l.interval)
	if over := full - at - int64(l.burst); over > 0 {
		return time.Duration(over)
	}
	place.full = full
	return 0
}

// wait is what take would say; it counts nothing.
func (l *limiter) wait(key string) time.Duration {
	if l == nil {
		return 0
	}
	at := l.elapsed().Nanoseconds()
	l.mu.Lock()
	defer l.mu.Unlock()
	over := max(l.place(key).full, at) + int64(l.interval) - at - int64(l.burst)
	return time.Duration(max(over, 0))
}

// refund takes back one request that take counted.
func (l *limiter) refund(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.place(key).full -= int64(l.interval)
}

// place is where a key is counted.
//
// Callers hold mu.
func (l *limiter) place(key string) *debt {
	hash := maphash.String(l.seed, key) | 1 // 0 marks an empty place
	set := &l.sets[hash>>8%limiterSets]
	place := &set[0]
	for i := range set {
		if set[i].key == hash {
			place = &set[i]
			break
		}
		if set[i].full < place.full {
			place = &set[i]
		}
	}
	if place.key != hash {
		*place = debt{key: hash}
	}
	return place
}

// limit refuses when one of the keys has asked too often. Every key is
// counted, so that an address that tries many accounts is seen too.
func (s *Server) limit(ctx *fasthttp.RequestCtx, l *limiter, keys ...string) error {
	var wait time.Duration
	for _, k := range keys {
		wait = max(wait, l.take(k))
	}
	return tooSoon(ctx, wait)
}

// tooSoon refuses whoever has to wait.
func tooSoon(ctx *fasthttp.RequestCtx, wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	seconds := int((wait + time.Second - 1) / time.Second)
	ctx.Response.Header.Set("Retry-After", strconv.Itoa(seconds))
	return mango.Wrap(mango.TooMany, fmt.Errorf("too many requests"), fmt.Sprintf("Too many requests. Please try again in %d seconds.", seconds))
}

func addressText(a netip.Addr) string { return "address " + a.String() }

func accountKey(name string) string { return "account " + strings.ToLower(strings.TrimSpace(name)) }

func userKey(id uint64) string { return "user " + strconv.FormatUint(id, 10) }
