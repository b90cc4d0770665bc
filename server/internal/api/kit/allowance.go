package kit

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
	"mangosense/server/internal/rate"
)

// StoredWork is what a photo counts that is stored and no model is asked about.
const StoredWork = 0.2

// WorkLimits say so in docs/limits.md.
var WorkLimits = []mango.Limit{
	{Of: "the line, by time", Bound: "`PATIENCE`; a client waits for as many of each other client as it has itself", Then: "503 before the body is read; `Retry-After` is what the line will take"},
	{Of: "photos of an address, of an account", Bound: "`PREDICT_RATE` a minute; `PREVIEW_RATE` without an account", Then: "429 with `Retry-After`, before any of them is looked at"},
	{Of: "what a photo counts", Bound: "1, or its processor time as its header foretells it, a reference machine's 0.1 s for each; n photos count n; one that is stored only, 0.2", Then: "what it took beyond twice that is owed; whoever owes less than half of the allowance may overdraw it"},
}

// Work is the context of a request's work on so many photos: it ends in time,
// and what is done under it is charged to the request's client.
func (c *Call) Work(photos int) (context.Context, context.CancelFunc) {
	client := mango.Client{Key: c.clientKey(), Guest: !c.actor.Known()}
	c.served = true
	return context.WithTimeout(mango.WithClient(c.kit.life, client), time.Duration(max(photos, 1))*c.kit.RequestTimeout)
}

// Limit refuses when one of the keys has asked too often. Every key is
// counted, so that an address that tries many accounts is seen too.
func (c *Call) Limit(l *rate.Limiter, keys ...string) error {
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

// photoLimit is where a caller's photos are counted; guests have less.
func (c *Call) photoLimit() (*rate.Limiter, []string) {
	if !c.actor.Known() {
		return c.kit.preview, []string{c.AddressKey()}
	}
	return c.kit.predict, []string{c.AddressKey(), UserKey(c.actor.User)}
}

// CountPhoto counts one photo before its body is read and gives it a place in the
// line, or refuses it.
func (c *Call) CountPhoto() error {
	place, wait := c.kit.line.Enter(c.clientKey())
	if place == nil {
		return Counted(&mango.Error{Code: mango.Busy, Public: "The server is busy. Please try again in a moment.",
			Cause: fmt.Errorf("it would wait %s", wait.Round(time.Millisecond)), Retry: wait})
	}
	c.place = place
	l, keys := c.photoLimit()
	return c.Limit(l, keys...)
}

// Charge takes n further photos from the caller's allowance, or refuses: what a
// request's photos will cost, before any of it is done.
func (c *Call) Charge(n float64) error {
	if n <= 0 {
		return nil
	}
	l, keys := c.photoLimit()
	return c.TooSoon(l.TakeWork(n, keys...))
}

// Diagnose has a request's photos diagnosed. They are charged before they are
// looked at: a heavy one counts as several, n as n, and CountPhoto has counted one.
// What one has cost beyond twice that is owed: half as much again is the machine's
// noise.
func (c *Call) Diagnose(in *intake.Intake, req intake.Request) (*intake.Result, error) {
	req.Charge = func(photos float64) error { return c.Charge(photos - 1) }
	work, cancel := c.Work(1)
	defer cancel()
	res, err := in.Diagnose(work, req)
	l, keys := c.photoLimit()
	for _, t := range res.Photos {
		if d := t.Diagnosis; d != nil && d.Work > 2*t.Charged {
			l.Owe(d.Work-2*t.Charged, keys...)
		}
	}
	return res, err
}
