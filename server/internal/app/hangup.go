package app

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"

	"golang.org/x/term"
)

// onHangup reloads the models at each SIGHUP until ctx ends. If the server's
// terminal has closed, it calls stop instead: nobody is left to stop the server.
func (a *App) onHangup(ctx context.Context, hangups <-chan os.Signal, in any, stop func()) {
	terminal := OnTerminal(in)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		}
		if terminal && !OnTerminal(in) {
			stop()
			return
		}
		if err := a.reload(); err != nil {
			a.log.Error("cannot reload the models; the old ones stay in use", "error", err)
		}
	}
}

// reload must not end a server that the old models can go on in.
func (a *App) reload() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error: %v\n%s", p, debug.Stack())
		}
	}()
	return a.models.Reload()
}

// OnTerminal reports whether a stream is a terminal that is still there.
func OnTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
