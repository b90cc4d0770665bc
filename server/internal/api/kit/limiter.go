package kit

import (
	"fmt"
	"hash/maphash"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"mangosense/server/internal/clock"
	"mangosense/server/internal/mango"
)

const (
	limiterSets = 1024 // each of limiterWays places, 16 bytes a place: 128 KiB
	limiterWays = 8
)

// Limiter counts requests by key in a table of fixed size. It keeps for each
// key the time at which its allowance will be full again (the generic debt
// rate algorithm). When a set is full, the key that has used least makes room:
// it loses nothing but its small debt.
type Limiter struct {
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

// NewLimiter allows n requests a minute; nil: any number.
func NewLimiter(n int) *Limiter {
	if n <= 0 {
		return nil
	}
	return &Limiter{interval: time.Minute / time.Duration(n), burst: time.Minute, seed: maphash.MakeSeed(), elapsed: clock.Elapsed}
}

// Every allows one request each interval, and so many at once.
func Every(interval time.Duration, burst int) *Limiter {
	return &Limiter{interval: interval, burst: time.Duration(burst) * interval, seed: maphash.MakeSeed(), elapsed: clock.Elapsed}
}

// Take counts one request of key and says how long to wait if it is too many;
// then it does not count.
func (l *Limiter) Take(key string) (wait time.Duration) {
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

// Wait is what Take would say; it counts nothing.
func (l *Limiter) Wait(key string) time.Duration {
	if l == nil {
		return 0
	}
	at := l.elapsed().Nanoseconds()
	l.mu.Lock()
	defer l.mu.Unlock()
	over := max(l.place(key).full, at) + int64(l.interval) - at - int64(l.burst)
	return time.Duration(max(over, 0))
}

// Refund takes back one request that Take counted.
func (l *Limiter) Refund(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.place(key).full -= int64(l.interval)
}

// place is where a key is counted.
//
// Callers hold mu.
func (l *Limiter) place(key string) *debt {
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

// Limit refuses when one of the keys has asked too often. Every key is
// counted, so that an address that tries many accounts is seen too.
func (c *Call) Limit(l *Limiter, keys ...string) error {
	var wait time.Duration
	for _, k := range keys {
		wait = max(wait, l.Take(k))
	}
	return c.TooSoon(wait)
}

// TooSoon refuses whoever has to wait.
func (c *Call) TooSoon(wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	seconds := int((wait + time.Second - 1) / time.Second)
	c.SetHeader("Retry-After", strconv.Itoa(seconds))
	return mango.Wrap(mango.TooMany, fmt.Errorf("too many requests"), fmt.Sprintf("Too many requests. Please try again in %d seconds.", seconds))
}

func addressText(a netip.Addr) string { return "address " + a.String() }

// UserKey is what an account's requests are counted under.
func UserKey(id uint64) string { return "user " + strconv.FormatUint(id, 10) }
