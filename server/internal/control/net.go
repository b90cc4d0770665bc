package control

import (
	"fmt"
	"log/slog"
	"runtime/debug"
)

// caught runs an operation and turns a panic of it into an error, which is
// logged with its stack: a command or a scheduled task must not take the server
// along.
func caught(log *slog.Logger, what string, run func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("a fault of the program", "in", what, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("cannot go on with %s: a fault of the program: %v", what, p)
		}
	}()
	return run()
}
