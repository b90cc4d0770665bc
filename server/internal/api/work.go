package api

import (
	"context"
	"time"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/api/upload"
	"mangosense/server/internal/intake"
	"mangosense/server/internal/mango"
)

// storedWork is what a photo counts that is stored and no model is asked about.
const storedWork = 0.2

// WorkLimits say so in docs/limits.md.
var WorkLimits = []mango.Limit{
	{Of: "photos of an address, of an account", Bound: "`PREDICT_RATE` a minute; `PREVIEW_RATE` without an account", Then: "429 with `Retry-After`, before any of them is looked at"},
	{Of: "what a photo counts", Bound: "1, or its processor time as its header foretells it, a reference machine's 0.1 s for each; n photos count n; one that is stored only, 0.2", Then: "what it took beyond twice that is owed; whoever owes less than half of the allowance may overdraw it"},
}

// work is the context of a request's work: it ends in time, and what is done
// under it is charged to the request's client.
func (s *Server) work(ctx *fasthttp.RequestCtx) (context.Context, context.CancelFunc) {
	return s.workOn(ctx, 1)
}

// workOn is work with the time of several photos.
func (s *Server) workOn(ctx *fasthttp.RequestCtx, photos int) (context.Context, context.CancelFunc) {
	client := mango.Client{Key: s.clientKey(ctx), Guest: !actor(ctx).Known()}
	return context.WithTimeout(mango.WithClient(s.life, client), time.Duration(max(photos, 1))*s.cfg.RequestTimeout)
}

// photoLimit is where a caller's photos are counted; guests have less.
func (s *Server) photoLimit(ctx *fasthttp.RequestCtx) (*limiter, []string) {
	by := actor(ctx)
	if !by.Known() {
		return s.limits.preview, []string{s.addressKey(ctx)}
	}
	return s.limits.predict, []string{s.addressKey(ctx), userKey(by.User)}
}

// limitPhotos counts one photo before its body is read.
func (s *Server) limitPhotos(ctx *fasthttp.RequestCtx) error {
	l, keys := s.photoLimit(ctx)
	return s.limit(ctx, l, keys...)
}

// chargePhotos charges what a request's photos will cost beyond the one that
// limitPhotos has counted, before any of it is done: a heavy photo counts as
// several, n photos as n. It refuses what cannot be charged, and gives what was
// charged for each.
func (s *Server) chargePhotos(ctx *fasthttp.RequestCtx, files []*upload.File, asked mango.Request) ([]float64, error) {
	charged, total := make([]float64, len(files)), -1.0
	for i, f := range files {
		asked.Photo, asked.SHA256 = f.Bytes(), f.SHA256
		charged[i] = s.cfg.Work(asked)
		total += charged[i]
	}
	return charged, s.charge(ctx, total)
}

// charge takes n further photos from the caller's allowance, or refuses.
func (s *Server) charge(ctx *fasthttp.RequestCtx, n float64) error {
	if n <= 0 {
		return nil
	}
	l, keys := s.photoLimit(ctx)
	return tooSoon(ctx, l.takeWork(n, keys...))
}

// correct charges what a photo has cost beyond what was foretold: the next one
// waits for it.
func (s *Server) correct(ctx *fasthttp.RequestCtx, charged float64, d *mango.Diagnosis) {
	if over := d.Work - 2*charged; over > 0 { // half as much again is the machine's noise
		l, keys := s.photoLimit(ctx)
		l.owe(over, keys...)
	}
}

// correctPhotos is correct for each photo that was diagnosed.
func (s *Server) correctPhotos(ctx *fasthttp.RequestCtx, charged []float64, res *intake.Result) {
	for i := range res.Photos {
		if d := res.Photos[i].Diagnosis; d != nil {
			s.correct(ctx, charged[i], d)
		}
	}
}

// takeWork counts n requests' worth of every key, or of none, and says how long
// to wait if it is too much. Whoever owes less than half of its allowance may
// overdraw it: what is dearer than all of it could never be had otherwise.
func (l *limiter) takeWork(n float64, keys ...string) (wait time.Duration) {
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
func (l *limiter) owe(n float64, keys ...string) {
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
func (l *limiter) add(at, cost int64, keys []string) {
	for _, key := range keys {
		place := l.place(key)
		place.full = max(place.full, at) + cost
	}
}
