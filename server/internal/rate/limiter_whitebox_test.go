package rate

import (
	"strconv"
	"testing"
	"time"
)

func TestLimiter(t *testing.T) {
	at := time.Hour
	l := PerMinute(60)
	l.elapsed = func() time.Duration { return at }
	for i := range 60 {
		if wait := l.Take("a"); wait != 0 {
			t.Fatalf("request %d waits %s", i, wait)
		}
	}
	if wait := l.Take("a"); wait != time.Second {
		t.Errorf("the 61st waits %s, want 1s", wait)
	}
	if wait := l.Take("b"); wait != 0 {
		t.Errorf("another key waits %s", wait)
	}
	at += 10 * time.Second
	for range 10 {
		if l.Take("a") != 0 {
			t.Error("after ten seconds ten more must pass")
		}
	}
	if l.Take("a") == 0 {
		t.Error("after ten seconds more than ten passed")
	}
	if wait := PerMinute(0).Take("a"); wait != 0 {
		t.Errorf("no limit waits %s", wait)
	}
}

// TestLimiterIsBounded: a million keys take no memory, and whoever is in debt
// is not forgotten for strangers who asked once.
func TestLimiterIsBounded(t *testing.T) {
	at := time.Hour
	l := PerMinute(10)
	l.elapsed = func() time.Duration { return at }
	for range 10 {
		l.Take("guesser")
	}
	for i := range 1_000_000 {
		l.Take("stranger " + strconv.Itoa(i))
	}
	if l.Take("guesser") == 0 {
		t.Error("a million strangers made the table forget a guesser")
	}
	if got := testing.AllocsPerRun(1000, func() { l.Take("guesser") }); got > 0 {
		t.Errorf("%v allocations a request", got)
	}
}
