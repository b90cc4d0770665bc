package line_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"mangosense/server/internal/line"
)

// watch is a clock that tests move.
type watch struct{ at time.Time }

func (w *watch) now() time.Time { return w.at }

func filled(t *testing.T, cfg line.Config, clients map[string]int) *line.Line {
	t.Helper()
	l := line.New(cfg)
	for client, n := range clients {
		for range n {
			if p, wait := l.Enter(client); p == nil {
				t.Fatalf("%s has to wait %s", client, wait)
			}
		}
	}
	return l
}

// TestWait: one more waits for all before it, and for no more of another client than
// it has itself. Until one has been measured, an answer takes 50 ms.
func TestWait(t *testing.T) {
	const one = 50 * time.Millisecond
	for name, c := range map[string]struct {
		before map[string]int
		wait   time.Duration // of client "me"
	}{
		"nobody":                    {nil, 0},
		"my own":                    {map[string]int{"me": 3}, 3 * one},
		"another's one":             {map[string]int{"a": 1}, one},
		"another's many":            {map[string]int{"a": 90}, one},
		"two of many, and mine":     {map[string]int{"a": 90, "b": 80, "me": 2}, (2 + 3 + 3) * one},
		"fewer of another than I":   {map[string]int{"a": 1, "me": 10}, 11 * one},
		"many clients with one":     {map[string]int{"a": 1, "b": 1, "c": 1, "d": 1}, 4 * one},
		"no longer than everything": {map[string]int{"a": 1, "b": 1, "c": 9, "me": 5}, 16 * one},
	} {
		l := filled(t, line.Config{Patience: time.Hour, Running: 3}, c.before)
		if _, wait := l.Enter("me"); wait != c.wait {
			t.Errorf("%s: waits %s, want %s", name, wait, c.wait)
		}
	}
}

// TestPatience: whoever would wait longer gets no place, and one who leaves makes
// place; a client's own bound holds beside it.
func TestPatience(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  line.Config
		most int
	}{
		"half a second": {line.Config{Patience: 500 * time.Millisecond, Running: 1}, 11},
		"none":          {line.Config{Running: 1}, 1},
		"one's own":     {line.Config{Patience: time.Hour, Running: 1, Own: 7}, 7},
	} {
		l := line.New(c.cfg)
		var in []*line.Place
		p, wait := l.Enter("a")
		for ; p != nil; p, wait = l.Enter("a") {
			in = append(in, p)
		}
		if len(in) != c.most || wait <= 0 {
			t.Fatalf("%s: %d got a place, want %d; the next would wait %s", name, len(in), c.most, wait)
		}
		if p, _ := l.Enter("b"); p == nil && c.cfg.Patience > 0 {
			t.Errorf("%s: another client got none", name)
		} else {
			p.Leave(false)
		}
		in[0].Leave(false)
		in[0].Leave(false) // again: nothing
		if p, _ := l.Enter("a"); p == nil {
			t.Errorf("%s: no place after one left", name)
		}
		if p, _ := l.Enter("a"); p != nil {
			t.Errorf("%s: two places after one left", name)
		}
	}
}

// TestGap follows what answers take while more are ready than run, and nothing else.
func TestGap(t *testing.T) {
	for name, c := range map[string]struct {
		ready  int
		every  time.Duration
		served bool
		want   time.Duration // about
	}{
		"slow":               {10, time.Second, true, time.Second},
		"fast":               {10, time.Millisecond, true, time.Millisecond},
		"a pause":            {10, time.Hour, true, 10 * time.Second},
		"a clock set back":   {10, -time.Hour, true, 0},
		"refused":            {10, time.Second, false, 50 * time.Millisecond},
		"no more than run":   {2, time.Second, true, 50 * time.Millisecond},
		"none waits between": {3, time.Second, true, 50 * time.Millisecond},
		"one waits between":  {4, time.Second, true, time.Second},
	} {
		w := &watch{at: time.Unix(1e9, 0)}
		l := filled(t, line.Config{Patience: 1 << 60, Running: 2, Now: w.now}, map[string]int{"a": c.ready - 1})
		for range 400 {
			p, _ := l.Enter("a")
			w.at = w.at.Add(c.every)
			p.Leave(c.served)
			if l, _ := l.Waiting(); l != c.ready-1 {
				t.Fatalf("%s: %d ready", name, l)
			}
		}
		_, gap := l.Waiting()
		if gap < c.want*9/10 || gap > c.want*11/10+time.Microsecond {
			t.Errorf("%s: %s between two answers, want %s", name, gap, c.want)
		}
	}
}

// TestSlowSenders need no processor until all is here, and keep their place then.
func TestSlowSenders(t *testing.T) {
	l := line.New(line.Config{Running: 1})
	slow, _ := l.Enter("slow")
	slow.Receiving()
	slow.Receiving()
	if n, _ := l.Waiting(); n != 0 {
		t.Errorf("%d ready while one receives", n)
	}
	other, _ := l.Enter("other")
	if other == nil {
		t.Fatal("a slow sender kept another out")
	}
	slow.Ready()
	slow.Ready()
	if n, _ := l.Waiting(); n != 2 {
		t.Errorf("%d ready, want 2", n)
	}
	other.Leave(true)
	slow.Leave(true)
	slow.Receiving()
	slow.Ready()
	var none *line.Place
	none.Receiving()
	none.Ready()
	none.Leave(true)
	if n, _ := l.Waiting(); n != 0 {
		t.Errorf("%d ready at the end", n)
	}
}

func TestHammer(t *testing.T) {
	l := line.New(line.Config{Patience: time.Second, Running: 2})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 2000 {
				p, _ := l.Enter(strconv.Itoa((i + j) % 5))
				if j%3 == 0 {
					p.Receiving()
					p.Ready()
				}
				if j%7 == 0 {
					p.Receiving()
				}
				p.Leave(j%2 == 0)
			}
		})
	}
	all.Wait()
	if n, _ := l.Waiting(); n != 0 {
		t.Errorf("%d ready at the end", n)
	}
}
