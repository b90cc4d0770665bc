package diagnose_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"mangosense/server/internal/diagnose"
)

// TestAdmissionBounds: what just fits is let in, and one more is not.
func TestAdmissionBounds(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name           string
		running, queue int
		in             []int64
		next           int64
		want           error
	}{
		{"all memory at once", 2, 0, nil, 100, nil},
		{"a byte more than that", 2, 0, nil, 101, diagnose.ErrTooHeavy},
		{"all memory together", 2, 0, []int64{60}, 40, nil},
		{"a byte more than that, nobody may wait", 2, 0, []int64{60}, 41, diagnose.ErrBusy},
		{"the last place", 3, 0, []int64{1, 1}, 1, nil},
		{"one more than places", 3, 0, []int64{1, 1, 1}, 1, diagnose.ErrBusy},
		{"less than one place", 0, 0, nil, 1, nil},
		{"less than none waits", 1, -1, []int64{1}, 1, diagnose.ErrBusy},
	} {
		a := diagnose.NewAdmission(c.running, c.queue, 100)
		for _, bytes := range c.in {
			if err := a.Enter(ctx, diagnose.Ticket{Bytes: bytes}); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
		if err := a.Enter(ctx, diagnose.Ticket{Bytes: c.next}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestBacklogIsShared: what waits is done by all places together; nothing is
// left of it when it is done or given up.
func TestBacklogIsShared(t *testing.T) {
	a := diagnose.NewAdmission(2, 4, 100)
	ctx, cancel := context.WithCancel(context.Background())
	hold := diagnose.Ticket{Bytes: 100}
	if err := a.Enter(ctx, hold); err != nil {
		t.Fatal(err)
	}
	come := func(ctx context.Context, work time.Duration) <-chan error {
		_, before, _ := a.Load()
		done := make(chan error, 1)
		go func() { done <- a.Enter(ctx, diagnose.Ticket{Bytes: 1, Work: work}) }()
		for waiting := before; waiting == before; _, waiting, _ = a.Load() {
			time.Sleep(time.Millisecond)
		}
		return done
	}
	stays, goes := come(context.Background(), 3*time.Second), come(ctx, 5*time.Second)
	if got := a.Backlog(); got != 4*time.Second {
		t.Errorf("a backlog of %v, want 4s", got)
	}
	cancel()
	if err := <-goes; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := a.Backlog(); got != 1500*time.Millisecond {
		t.Errorf("a backlog of %v, want 1.5s", got)
	}
	a.Leave(hold, 0)
	if err := <-stays; err != nil {
		t.Error(err)
	}
	if got := a.Backlog(); got != 0 {
		t.Errorf("a backlog of %v, want none", got)
	}
	a.Leave(diagnose.Ticket{Bytes: 1, Work: 3 * time.Second}, 0)
	if a.Clients() != 0 {
		t.Errorf("%d clients are kept though nobody runs or waits", a.Clients())
	}
}

// TestAsManyDebtsAsPhotos: while anybody runs, what clients have had is kept.
func TestAsManyDebtsAsPhotos(t *testing.T) {
	a := diagnose.NewAdmission(2, 4, 100)
	one, two := diagnose.Ticket{Bytes: 1, Client: "one"}, diagnose.Ticket{Bytes: 1, Client: "two"}
	for _, tk := range []diagnose.Ticket{one, two} {
		if err := a.Enter(context.Background(), tk); err != nil {
			t.Fatal(err)
		}
	}
	a.Leave(one, 0)
	if a.Clients() != 2 {
		t.Errorf("%d clients are kept while one of two runs", a.Clients())
	}
	a.Leave(two, 0)
	if a.Clients() != 0 {
		t.Errorf("%d clients are kept though nobody runs", a.Clients())
	}
}
