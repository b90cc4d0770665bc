package budget_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mangosense/server/internal/budget"
)

const mb = 1 << 20

// clock is a time that tests move.
type clock struct{ ns atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(1_000_000, 0).Add(time.Duration(c.ns.Load())) }
func (c *clock) advance(d time.Duration) { c.ns.Add(int64(d)) }

func grow(t *testing.T, l *budget.Lease, n int64) {
	t.Helper()
	if err := l.Grow(context.Background(), n); err != nil {
		t.Fatal(err)
	}
}

// TestShares: what is granted at once and what is not, by who holds what.
func TestShares(t *testing.T) {
	type hold struct {
		client string
		mb     int64
	}
	for _, c := range []struct {
		name string
		held []hold
		want hold
		ok   bool
	}{
		{"all of it, for somebody who is alone", nil, hold{"a", 48}, true},
		{"more than there is, and no more than the eldest may", nil, hold{"a", 59}, false},
		{"one client beyond half, alone", []hold{{"a", 20}}, hold{"a", 10}, true},
		{"one client beyond half, beside another", []hold{{"b", 1}, {"a", 20}}, hold{"a", 10}, false},
		{"a newcomer while a quarter is free", []hold{{"a", 30}}, hold{"b", 6}, true},
		{"a newcomer into the last quarter", []hold{{"a", 30}}, hold{"b", 8}, false},
		{"a light newcomer into the last eighth", []hold{{"a", 22}, {"b", 13}, {"c", 3}, {"d", 3}, {"e", 2}}, hold{"f", 3}, true},
		{"a heavy newcomer into the last eighth", []hold{{"a", 22}, {"b", 13}, {"c", 3}, {"d", 3}, {"e", 2}}, hold{"f", 4}, false},
		{"the last sixteenth, for one whose requests are few", []hold{{"a", 22}, {"b", 13}, {"c", 3}, {"d", 3}, {"e", 3}, {"f", 2}}, hold{"f", 1}, true},
		{"the last sixteenth, for one of a crowd's", []hold{{"a", 22}, {"b", 13}, {"c", 3}, {"d", 3}, {"e", 3}, {"f", 1}, {"f", 1}}, hold{"f", 1}, false},
		{"one who holds enough is not light", []hold{{"a", 22}, {"b", 13}, {"c", 3}, {"d", 3}, {"e", 3}, {"f", 2}}, hold{"a", 1}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := budget.New(budget.Config{Bytes: 48 * mb, Largest: 10 * mb, Patience: time.Millisecond})
			for _, h := range c.held {
				l := m.Lease(nil, h.client)
				defer l.Close()
				grow(t, l, h.mb*mb)
			}
			before := m.InUse()
			l := m.Lease(nil, c.want.client)
			err := l.Grow(context.Background(), c.want.mb*mb)
			if (err == nil) != c.ok || (err != nil && !errors.Is(err, budget.ErrFull)) {
				t.Errorf("error %v, want granted %v", err, c.ok)
			}
			l.Close()
			l.Close()
			if m.InUse() != before {
				t.Errorf("%d bytes stay held", m.InUse()-before)
			}
		})
	}
}

// TestWhoGoesFirst: others wait; who is ended for them.
func TestWhoGoesFirst(t *testing.T) {
	type holder struct {
		client string
		mb     int64
		rate   int // bytes a second over the last seconds
		ends   bool
	}
	for _, c := range []struct {
		name    string
		holders []holder
	}{
		{"a burst and then silence", []holder{{"phone", 4, 100_000, false}, {"burst", 9, 0, true}, {"other", 9, 300_000, false}, {"third", 9, 300_000, false}, {"fourth", 9, 300_000, false}}},
		{"a burst and then just the least rate", []holder{{"phone", 1, 20_000, false}, {"burst", 9, 2_100, true}, {"other", 9, 300_000, false}, {"third", 9, 300_000, false}, {"fourth", 9, 300_000, false}, {"fifth", 9, 300_000, false}}},
		{"the longest unearned of two", []holder{{"a", 9, 2_000, false}, {"b", 9, 1, true}, {"other", 9, 300_000, false}, {"third", 9, 300_000, false}, {"fourth", 9, 300_000, false}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var at clock
			m := budget.New(budget.Config{Bytes: 40 * mb, Largest: 10 * mb, Patience: time.Minute, Now: at.now})
			ended := make(chan string, len(c.holders))
			var leases []*budget.Lease
			for _, h := range c.holders {
				l := m.Lease(func() { ended <- h.client }, h.client)
				defer l.Close()
				for l.Held() < h.mb*mb && m.InUse() < 34*mb {
					if l.Grow(t.Context(), mb/2) != nil {
						break
					}
				}
				leases = append(leases, l)
				if m.InUse() > 30*mb {
					break
				}
			}
			for range 12 { // three seconds, in quarters
				at.advance(250 * time.Millisecond)
				for i, l := range leases {
					l.Moved(c.holders[i].rate / 4)
				}
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			waits := m.Lease(nil, "newcomer")
			defer waits.Close()
			failed := make(chan error, 1)
			go func() { failed <- waits.Grow(ctx, 10*mb) }()
			select {
			case who := <-ended:
				for _, h := range c.holders {
					if h.client == who && !h.ends {
						t.Errorf("%s was ended", who)
					}
				}
			case err := <-failed:
				t.Errorf("nobody was ended: %v", err)
			}
		})
	}
}

// TestHonestHoldersStay: nobody is ended for those that wait while everybody
// earns what it holds and keeps to its share.
func TestHonestHoldersStay(t *testing.T) {
	var at clock
	m := budget.New(budget.Config{Bytes: 32 * mb, Largest: 10 * mb, Patience: 600 * time.Millisecond, Now: at.now})
	var leases []*budget.Lease
	for i := range 4 {
		l := m.Lease(func() { t.Error("an honest holder was ended") }, fmt.Sprint(i))
		defer l.Close()
		grow(t, l, 6*mb)
		leases = append(leases, l)
	}
	for range 12 {
		at.advance(250 * time.Millisecond)
		for _, l := range leases {
			l.Moved(200_000)
		}
	}
	l := m.Lease(nil, "newcomer")
	defer l.Close()
	if err := l.Grow(context.Background(), 9*mb); !errors.Is(err, budget.ErrFull) {
		t.Errorf("error %v, want ErrFull", err)
	}
}

// TestBeyondItsShare: a client whose many bodies fill the memory, each at a
// good rate, lets go of the newest for another.
func TestBeyondItsShare(t *testing.T) {
	m := budget.New(budget.Config{Bytes: 16 * mb, Largest: 4 * mb, Patience: 10 * time.Second})
	ended := make(chan int, 16)
	var leases []*budget.Lease
	for i := range 6 {
		l := m.Lease(func() { ended <- i }, "greedy")
		defer l.Close()
		grow(t, l, 2*mb-64<<10)
		leases = append(leases, l)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() { // all of them move well
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				for _, l := range leases {
					l.Moved(200_000)
				}
			}
		}
	}()
	defer func() { close(stop); <-stopped }()
	got := make(chan error, 1)
	l := m.Lease(nil, "another")
	defer l.Close()
	go func() { got <- l.Grow(context.Background(), 2*mb) }()
	for {
		select {
		case i := <-ended:
			leases[i].Close()
		case err := <-got:
			if err != nil {
				t.Errorf("another was not served: %v", err)
			}
			return
		}
	}
}

// TestEndedLease: whoever was ended gets nothing more and waits for nothing.
func TestEndedLease(t *testing.T) {
	var at clock
	m := budget.New(budget.Config{Bytes: 4 * mb, Largest: mb, Patience: 5 * time.Second, Now: at.now})
	ended := make(chan struct{})
	l := m.Lease(func() { close(ended) }, "silent")
	grow(t, l, 4*mb)
	at.advance(10 * time.Second)
	got := make(chan error, 1)
	other := m.Lease(nil, "other")
	defer other.Close()
	go func() { got <- other.Grow(context.Background(), mb) }()
	<-ended
	if err := l.Grow(context.Background(), 1); !errors.Is(err, budget.ErrEvicted) || !l.Evicted() {
		t.Errorf("error %v, want ErrEvicted", err)
	}
	l.Close()
	if err := <-got; err != nil {
		t.Error(err)
	}
	if m.Evicted() != 1 {
		t.Errorf("%d evictions are counted", m.Evicted())
	}
}

// TestHammer: many clients, more than fits, some silent: what is held never
// passes the bound and the overdraft, and nothing stays.
func TestHammer(t *testing.T) {
	const bytes, largest = 4 * mb, mb
	m := budget.New(budget.Config{Bytes: bytes, Largest: largest, Patience: 50 * time.Millisecond})
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for round := range 20 {
				l := m.Lease(func() {}, fmt.Sprint("address ", i%8), fmt.Sprint("user ", i%16))
				for range 4 + round {
					if l.Grow(context.Background(), largest/32) != nil {
						break
					}
					l.Moved(largest / 32)
					if held := m.InUse(); held > bytes+largest {
						t.Errorf("%d bytes are held", held)
					}
				}
				l.Settle()
				l.Close()
			}
		})
	}
	wg.Wait()
	if m.InUse() != 0 {
		t.Errorf("%d bytes stay held", m.InUse())
	}
}

// TestPace: a window forgets a burst once it has passed.
func TestPace(t *testing.T) {
	start := time.Unix(1_000_000, 0)
	p := budget.NewPace(8*time.Second, start)
	p.Add(start, 8000)
	for _, c := range []struct {
		after time.Duration
		rate  float64
		known bool
	}{
		{0, 1000, false},
		{7 * time.Second, 1000, false},
		{8 * time.Second, 0, true},
		{time.Hour, 0, true},
	} {
		if rate, known := p.Rate(start.Add(c.after)); rate != c.rate || known != c.known {
			t.Errorf("after %s: %v, %v; want %v, %v", c.after, rate, known, c.rate, c.known)
		}
	}
	p.Add(start.Add(time.Hour), 80)
	if rate, _ := p.Rate(start.Add(time.Hour + time.Second)); rate != 10 {
		t.Errorf("rate %v, want 10", rate)
	}
}
