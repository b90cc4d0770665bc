package diagnose

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"testing"
	"time"
)

// Clients is how many clients' tags are kept.
func (a *Admission) Clients() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.had)
}

// ClientsKept is how many may be.
const ClientsKept = clientsKept

// TestForget: of too many clients those go that have had no more than the mean.
func TestForget(t *testing.T) {
	for _, c := range []struct {
		name      string
		had, want map[string]time.Duration
	}{
		{"some more than others", map[string]time.Duration{"before": 50, "at": 100, "little": 110, "much": 400, "more": 1000}, map[string]time.Duration{"much": 400, "more": 1000}},
		{"one at the mean", map[string]time.Duration{"a": 110, "b": 120, "c": 130}, map[string]time.Duration{"c": 130}},
		{"all alike", map[string]time.Duration{"a": 105, "b": 105, "c": 105}, map[string]time.Duration{}},
		{"all before", map[string]time.Duration{"a": 5, "b": 7}, map[string]time.Duration{}},
	} {
		a := NewAdmission(1, 0, 0)
		a.served = 100
		a.had = c.had
		a.forget()
		if !maps.Equal(a.had, c.want) {
			t.Errorf("%s: kept %v, want %v", c.name, a.had, c.want)
		}
	}
}

// TestLeaveCharges: a client's next photos move back by what its photo took
// beyond its prediction, and by nothing else.
func TestLeaveCharges(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name   string
		guest  bool
		took   time.Duration
		forget bool
		want   time.Duration
	}{
		{"less", false, 5 * ms, false, 10 * ms},
		{"as predicted", false, 10 * ms, false, 10 * ms},
		{"more", false, 30 * ms, false, 30 * ms},
		{"more, a guest", true, 30 * ms, false, 120 * ms},
		{"more, forgotten meanwhile", false, 30 * ms, true, 0},
	} {
		a := NewAdmission(2, 0, 100)
		tk := Ticket{Client: "c", Work: 10 * ms, Guest: c.guest}
		if err := errors.Join(a.Enter(context.Background(), Ticket{Client: "hold"}), a.Enter(context.Background(), tk)); err != nil {
			t.Fatal(err)
		}
		if c.forget {
			delete(a.had, "c")
		}
		a.Leave(tk, c.took)
		if got, kept := a.had["c"]; got != c.want || kept == c.forget {
			t.Errorf("%s: charged %v (%v), want %v", c.name, got, kept, c.want)
		}
	}
}

// wait has a photo stand in the line.
func wait(t *testing.T, a *Admission, ctx context.Context, tk Ticket) <-chan error {
	t.Helper()
	_, before, _ := a.Load()
	done := make(chan error, 1)
	go func() { done <- a.Enter(ctx, tk) }()
	for now := before; now == before; _, now, _ = a.Load() {
		time.Sleep(time.Millisecond)
	}
	return done
}

// TestDisplaced: a full line's last goes only for a client that stands before
// it, and its client is not charged for what was not done.
func TestDisplaced(t *testing.T) {
	a := NewAdmission(1, 1, 100)
	hold := Ticket{Client: "hold", Work: time.Second}
	if err := a.Enter(context.Background(), hold); err != nil {
		t.Fatal(err)
	}
	last := wait(t, a, context.Background(), hold)
	if err := a.Enter(context.Background(), hold); !errors.Is(err, ErrBusy) {
		t.Errorf("one more of the same client: %v", err)
	}
	first := push(a, Ticket{Client: "new", Work: time.Second})
	if err := <-last; !errors.Is(err, ErrBusy) {
		t.Errorf("the last: %v", err)
	}
	if got := a.had["hold"]; got != time.Second {
		t.Errorf("charged %v for one second's work", got)
	}
	if err := a.Enter(context.Background(), Ticket{Client: "newer", Work: time.Second}); !errors.Is(err, ErrBusy) {
		t.Errorf("a client no better off than the last: %v", err)
	}
	a.Leave(hold, 0)
	if err := <-first; err != nil {
		t.Errorf("whoever took its place: %v", err)
	}
}

// push is wait where the line's length stays.
func push(a *Admission, tk Ticket) <-chan error {
	done := make(chan error, 1)
	go func() { done <- a.Enter(context.Background(), tk) }()
	return done
}

// TestGivesUpWhileClosing: who gives up at the moment at which all are refused
// is taken out of the line once.
func TestGivesUpWhileClosing(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // so that both happen before it wakes
	a := NewAdmission(1, 1, 100)
	if err := a.Enter(context.Background(), Ticket{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := wait(t, a, ctx, Ticket{Work: time.Second})
	cancel()
	a.Close()
	if err := <-done; !errors.Is(err, context.Canceled) && !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if a.Backlog() != 0 {
		t.Errorf("a backlog of %v stays", a.Backlog())
	}
}
