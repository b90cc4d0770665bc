package control

import (
	"fmt"
	"log/slog"
	"runtime/debug"
)

// caught runs an operation and makes a panic an error, which is
// logged with its stack: a command or a scheduled task must not take the server
// along.
func caught(log *slog.Logger, what string, run func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("internal error", "in", what, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("cannot finish %s: internal error: %v", what, p)
		}
	}()
	return run()
}
