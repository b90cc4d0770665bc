package diagnose_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mangosense/server/internal/diagnose"
)

// enter starts an Enter in the background and waits until it stands in the
// queue.
func enter(t *testing.T, a *diagnose.Admission, ctx context.Context, weight int64) <-chan error {
	t.Helper()
	_, before, _ := a.Load()
	done := make(chan error, 1)
	go func() { done <- a.Enter(ctx, diagnose.Ticket{Bytes: weight}) }()
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		if _, waiting, _ := a.Load(); waiting > before {
			return done
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("nobody came to wait")
	return nil
}

func TestAdmissionFull(t *testing.T) {
	a := diagnose.NewAdmission(1, 1, 100)
	ctx := context.Background()
	if err := a.Enter(ctx, diagnose.Ticket{Bytes: 10}); err != nil {
		t.Fatal(err)
	}
	waiting := enter(t, a, ctx, 10)
	// At once: nobody leaves, so that an Enter which waits would never return.
	if err := a.Enter(ctx, diagnose.Ticket{Bytes: 10}); !errors.Is(err, diagnose.ErrBusy) {
		t.Errorf("third photo: %v, want ErrBusy", err)
	}
	a.Leave(diagnose.Ticket{Bytes: 10}, 0)
	if err := <-waiting; err != nil {
		t.Errorf("waiting photo: %v", err)
	}
	a.Leave(diagnose.Ticket{Bytes: 10}, 0)
	if running, waiting, bytes := a.Load(); running != 0 || waiting != 0 || bytes != 0 {
		t.Errorf("load = %d, %d, %d after all left", running, waiting, bytes)
	}
}

// TestAdmissionInOrder: who came first is let in first.
func TestAdmissionInOrder(t *testing.T) {
	const n = 20
	a := diagnose.NewAdmission(1, n, 100)
	ctx := context.Background()
	if err := a.Enter(ctx, diagnose.Ticket{Bytes: 10}); err != nil {
		t.Fatal(err)
	}
	var queue []<-chan error
	for range n {
		queue = append(queue, enter(t, a, ctx, 10))
	}
	for i, photo := range queue {
		a.Leave(diagnose.Ticket{Bytes: 10}, 0)
		if err := <-photo; err != nil {
			t.Fatal(err)
		}
		if _, waiting, _ := a.Load(); waiting != n-1-i {
			t.Fatalf("%d wait after the %d-th, want %d", waiting, i+1, n-1-i)
		}
	}
}

func TestAdmissionWeighs(t *testing.T) {
	a := diagnose.NewAdmission(4, 4, 100)
	ctx := context.Background()
	if err := a.Enter(ctx, diagnose.Ticket{Bytes: 101}); !errors.Is(err, diagnose.ErrTooHeavy) {
		t.Errorf("heavier than all: %v, want ErrTooHeavy", err)
	}
	if err := a.Enter(ctx, diagnose.Ticket{Bytes: 70}); err != nil {
		t.Fatal(err)
	}
	heavy := enter(t, a, ctx, 60)
	light := enter(t, a, ctx, 10) // would fit, but must not overtake
	select {
	case <-light:
		t.Fatal("a light photo overtook a heavy one")
	case <-time.After(20 * time.Millisecond):
	}
	a.Leave(diagnose.Ticket{Bytes: 70}, 0)
	if err := errors.Join(<-heavy, <-light); err != nil {
		t.Fatal(err)
	}
	if running, _, bytes := a.Load(); running != 2 || bytes != 70 {
		t.Errorf("running %d photos of %d bytes, want 2 of 70", running, bytes)
	}
}

func TestAdmissionGivesUp(t *testing.T) {
	a := diagnose.NewAdmission(1, 2, 100)
	if err := a.Enter(context.Background(), diagnose.Ticket{Bytes: 50}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	first := enter(t, a, ctx, 60)
	second := enter(t, a, context.Background(), 10)
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v, want Canceled", err)
	}
	a.Leave(diagnose.Ticket{Bytes: 50}, 0)
	if err := <-second; err != nil {
		t.Errorf("the one behind: %v", err)
	}
}

func TestAdmissionClose(t *testing.T) {
	a := diagnose.NewAdmission(1, 2, 100)
	ctx := context.Background()
	if err := a.Enter(ctx, diagnose.Ticket{Bytes: 1}); err != nil {
		t.Fatal(err)
	}
	waiting := enter(t, a, ctx, 1)
	a.Close()
	a.Close()
	if err := <-waiting; !errors.Is(err, diagnose.ErrClosed) {
		t.Errorf("waiting: %v, want ErrClosed", err)
	}
	if err := a.Enter(ctx, diagnose.Ticket{Bytes: 1}); !errors.Is(err, diagnose.ErrClosed) {
		t.Errorf("after Close: %v, want ErrClosed", err)
	}
	a.Leave(diagnose.Ticket{Bytes: 1}, 0)
}

// TestAdmissionHammer lets many goroutines come, wait, give up and leave, and
// holds the bounds against what is seen from inside.
func TestAdmissionHammer(t *testing.T) {
	const running, memory = 4, 100
	a := diagnose.NewAdmission(running, 8, memory)
	var in, bytes atomic.Int64
	var entered, busy, gaveUp atomic.Int64
	var wg sync.WaitGroup
	for g := range 64 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(g)))
			for range 200 {
				weight := 1 + r.Int64N(60)
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(3000))*time.Microsecond)
				err := a.Enter(ctx, diagnose.Ticket{Bytes: weight})
				cancel()
				switch {
				case err == nil:
					entered.Add(1)
					if n, b := in.Add(1), bytes.Add(weight); n > running || b > memory {
						t.Errorf("%d photos of %d bytes run", n, b)
					}
					time.Sleep(time.Duration(r.IntN(100)) * time.Microsecond)
					in.Add(-1)
					bytes.Add(-weight)
					a.Leave(diagnose.Ticket{Bytes: weight}, 0)
				case errors.Is(err, diagnose.ErrBusy):
					busy.Add(1)
				case errors.Is(err, context.DeadlineExceeded):
					gaveUp.Add(1)
				default:
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n, w, b := a.Load(); n != 0 || w != 0 || b != 0 {
		t.Errorf("load = %d, %d, %d after all left", n, w, b)
	}
	if entered.Load() == 0 || busy.Load() == 0 || gaveUp.Load() == 0 {
		t.Errorf("entered %d, busy %d, gave up %d: the test did not reach every case", entered.Load(), busy.Load(), gaveUp.Load())
	}
}
