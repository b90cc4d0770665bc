package app

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"
)

// TestSupervised: systemd is told that the program serves, that it works as long as
// the self-test passes in time, and that it stops.
func TestSupervised(t *testing.T) {
	fails := errors.New("no answer")
	for name, c := range map[string]struct {
		every time.Duration
		tests []error // of the first self-tests; nil after them
		want  []string
	}{
		"nobody watches":       {0, nil, []string{"READY=1", "STOPPING=1"}},
		"works":                {time.Millisecond, nil, []string{"READY=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"}},
		"fails once":           {time.Millisecond, []error{fails}, []string{"READY=1", "WATCHDOG=1", "STOPPING=1"}},
		"hangs once":           {time.Millisecond, []error{context.DeadlineExceeded}, []string{"READY=1", "WATCHDOG=1", "STOPPING=1"}},
		"fails after it works": {time.Millisecond, []error{nil, fails, fails}, []string{"READY=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var told []string
			var asked atomic.Int32 // a self-test that hangs outlives the next
			s := supervised{
				every: c.every, log: slog.New(slog.DiscardHandler),
				notify: func(state string) {
					if told = append(told, state); len(told) == len(c.want)-1 {
						stop()
					}
				},
				selfTest: func(ctx context.Context) error {
					n := int(asked.Add(1))
					if n > len(c.tests) {
						return nil
					}
					err := c.tests[n-1]
					if err == context.DeadlineExceeded {
						<-ctx.Done() // and a moment longer than it may
						<-t.Context().Done()
					}
					return err
				},
			}
			s.watch(ctx)
			if len(told) != len(c.want) {
				t.Fatalf("told %q, want %q", told, c.want)
			}
			for i := range told {
				if told[i] != c.want[i] {
					t.Errorf("told %q, want %q", told, c.want)
				}
			}
			if n := int(asked.Load()); n < len(c.tests) {
				t.Errorf("%d self-tests, want %d at least", n, len(c.tests))
			}
		})
	}
}
