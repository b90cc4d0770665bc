package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"mangosense/server/internal/mango"
)

// supervised tells systemd, where it has started this program, that it serves, and
// within each half of WatchdogSec that it still diagnoses. A program that cannot is
// ended and started again by systemd.
type supervised struct {
	notify   func(state string) // daemon.SdNotify
	every    time.Duration      // 0: nobody watches
	selfTest func(context.Context) error
	log      *slog.Logger
}

func (a *App) supervised() supervised {
	watchdog, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		a.log.Warn("WATCHDOG_USEC cannot be read: nobody is told that the program works", "error", err)
	}
	return supervised{
		notify: func(state string) {
			if _, err := daemon.SdNotify(false, state); err != nil {
				a.log.Warn("cannot tell systemd", "state", state, "error", err)
			}
		},
		every: watchdog / 2, selfTest: a.selfTest, log: a.log,
	}
}

// watch says that the program serves, then that it works, until ctx ends.
func (s supervised) watch(ctx context.Context) {
	s.notify(daemon.SdNotifyReady)
	defer s.notify(daemon.SdNotifyStopping)
	if s.every <= 0 {
		<-ctx.Done()
		return
	}
	ticks := time.NewTicker(s.every)
	defer ticks.Stop()
	for {
		switch err := s.test(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.log.Error("the self-test failed; systemd will start the program again unless the next one passes", "error", err)
		default:
			s.notify(daemon.SdNotifyWatchdog)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

// test ends with ctx or after half the time between two tests, even when the
// self-test hangs.
func (s supervised) test(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.every/2)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.selfTest(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("cannot finish it in time: %w", ctx.Err())
	}
}

// selfTest has a model answer a grey picture. It waits in line as a client of its own;
// a server that is full works.
func (a *App) selfTest(ctx context.Context) error {
	all := a.diagnoser.Models()
	if len(all) == 0 {
		return a.ready()
	}
	m := all[0]
	tensor := make([]byte, m.Input.Bytes())
	for i := range tensor {
		tensor[i] = 128
	}
	ctx = mango.WithClient(ctx, mango.Client{Key: "self-test"})
	_, err := a.diagnoser.Infer(ctx, mango.Kind(m.Kind), tensor)
	if mango.CodeOf(err) == mango.Busy {
		return nil
	}
	return err
}
