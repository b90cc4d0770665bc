package rate

import (
	"hash/maphash"
	"sync"
	"time"

	"mangosense/server/internal/clock"
)

const (
	sets = 1024 // each of ways places, 16 bytes a place: 128 KiB
	ways = 8
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
	sets [sets][ways]debt
}

type debt struct {
	key  uint64
	full int64 // nanoseconds of elapsed time
}

// PerMinute allows n requests a minute; nil: any number.
func PerMinute(n int) *Limiter {
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
	set := &l.sets[hash>>8%sets]
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

// TakeWork counts n requests' worth of every key, or of none, and says how long
// to wait if it is too much. Whoever owes less than half of its allowance may
// overdraw it: what is dearer than all of it could never be had otherwise.
func (l *Limiter) TakeWork(n float64, keys ...string) (wait time.Duration) {
	if l == nil {
		return 0
	}
	at, cost := l.elapsed().Nanoseconds(), int64(n*float64(l.interval))
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, key := range keys {
		owed := max(l.place(key).full-at, 0)
		if owed+cost > int64(l.burst) && owed > int64(l.burst)/2 {
			wait = max(wait, time.Duration(min(owed+cost-int64(l.burst), owed-int64(l.burst)/2)))
		}
	}
	if wait == 0 {
		l.add(at, cost, keys)
	}
	return wait
}

// Owe counts n requests' worth whatever is owed already.
func (l *Limiter) Owe(n float64, keys ...string) {
	if l == nil {
		return
	}
	at := l.elapsed().Nanoseconds()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(at, int64(n*float64(l.interval)), keys)
}

// add is the common end of both.
//
// Callers hold mu.
func (l *Limiter) add(at, cost int64, keys []string) {
	for _, key := range keys {
		place := l.place(key)
		place.full = max(place.full, at) + cost
	}
}
