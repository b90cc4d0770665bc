package kit

import (
	"context"
	"time"

	"mangosense/server/internal/mango"
)

// StoredWork is what a photo counts that is stored and no model is asked about.
const StoredWork = 0.2

// WorkLimits say so in docs/limits.md.
var WorkLimits = []mango.Limit{
	{Of: "photos of an address, of an account", Bound: "`PREDICT_RATE` a minute; `PREVIEW_RATE` without an account", Then: "429 with `Retry-After`, before any of them is looked at"},
	{Of: "what a photo counts", Bound: "1, or its processor time as its header foretells it, a reference machine's 0.1 s for each; n photos count n; one that is stored only, 0.2", Then: "what it took beyond twice that is owed; whoever owes less than half of the allowance may overdraw it"},
}

// Work is the context of a request's work on so many photos: it ends in time,
// and what is done under it is charged to the request's client.
func (c *Call) Work(photos int) (context.Context, context.CancelFunc) {
	client := mango.Client{Key: c.clientKey(), Guest: !c.actor.Known()}
	return context.WithTimeout(mango.WithClient(c.kit.life, client), time.Duration(max(photos, 1))*c.kit.RequestTimeout)
}

// photoLimit is where a caller's photos are counted; guests have less.
func (c *Call) photoLimit() (*Limiter, []string) {
	if !c.actor.Known() {
		return c.kit.preview, []string{c.AddressKey()}
	}
	return c.kit.predict, []string{c.AddressKey(), UserKey(c.actor.User)}
}

// CountPhoto counts one photo before its body is read, or refuses it.
func (c *Call) CountPhoto() error {
	l, keys := c.photoLimit()
	return c.Limit(l, keys...)
}

// Charge takes n further photos from the caller's allowance, or refuses: what a
// request's photos will cost beyond the one that CountPhoto has counted, before
// any of it is done.
func (c *Call) Charge(n float64) error {
	if n <= 0 {
		return nil
	}
	l, keys := c.photoLimit()
	return c.TooSoon(l.takeWork(n, keys...))
}

// Correct charges what a photo has cost beyond what was foretold: the next one
// waits for it.
func (c *Call) Correct(charged float64, d *mango.Diagnosis) {
	if over := d.Work - 2*charged; over > 0 { // half as much again is the machine's noise
		l, keys := c.photoLimit()
		l.owe(over, keys...)
	}
}

// takeWork counts n requests' worth of every key, or of none, and says how long
// to wait if it is too much. Whoever owes less than half of its allowance may
// overdraw it: what is dearer than all of it could never be had otherwise.
func (l *Limiter) takeWork(n float64, keys ...string) (wait time.Duration) {
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

// owe counts n requests' worth whatever is owed already.
func (l *Limiter) owe(n float64, keys ...string) {
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
