package main

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// openLoop sends at a fixed rate, whether or not answers come.
func openLoop(ctx context.Context, s *sender, o options, out *collector) {
	var wg sync.WaitGroup
	defer wg.Wait()
	every := time.Duration(float64(time.Second) / o.rate)
	begin := time.Now()
	for i := 0; o.count == 0 || i < o.count; i++ {
		offset := time.Duration(i) * every
		if offset >= o.duration {
			return
		}
		due := begin.Add(offset)
		if !sleepUntil(ctx, due) {
			return
		}
		// Each waits in a goroutine of its own. The due moment goes with it, so
		// a driver that falls behind makes the times longer, never shorter.
		wg.Go(func() { out.add(s.send(ctx, due)) })
	}
}

func sleepUntil(ctx context.Context, t time.Time) bool { return sleep(ctx, time.Until(t)) }

func sleep(ctx context.Context, wait time.Duration) bool {
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// closedLoop keeps a number of clients busy. Those under way at the end are
// waited for, since cutting them off would leave out the slowest. A client that
// is told to come back later does so, as the phone app does.
func closedLoop(ctx context.Context, s *sender, o options, out *collector) {
	var wg sync.WaitGroup
	defer wg.Wait()
	var begun atomic.Int64
	end := time.Now().Add(o.duration)
	for range o.clients {
		wg.Go(func() {
			for ctx.Err() == nil && time.Now().Before(end) {
				if n := begun.Add(1); o.count > 0 && n > int64(o.count) {
					return
				}
				a := s.send(ctx, time.Now())
				out.add(a)
				switch wait, err := strconv.Atoi(a.retryAfter); {
				case a.fault == faultRefused:
					sleep(ctx, 10*time.Millisecond) // not a busy loop on a dead server
				case err == nil && a.status != 200:
					sleep(ctx, min(time.Duration(wait)*time.Second, o.patience))
				}
			}
		})
	}
}
