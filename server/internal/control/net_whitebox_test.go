package control

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
)

// TestPanicIsAnError: a command and a scheduled task that panic are logged with
// their stack, and whoever asked is answered.
func TestPanicIsAnError(t *testing.T) {
	var text bytes.Buffer
	log := slog.New(slog.NewTextHandler(&text, nil))
	ops := &Ops{} // without a store every operation panics
	dir := t.TempDir()
	s := Serve(dir, ops, log)
	if err := call(context.Background(), dir, "status", nil, Sink{}); err == nil || !strings.Contains(err.Error(), "internal error") {
		t.Errorf("status: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := caught(log, "retention", func() error { panic("ours") }); err == nil {
		t.Error("a task that panicked has no error")
	}
	if got := strings.Count(text.String(), "net.go"); got < 2 {
		t.Errorf("%d stacks in the log:\n%s", got, text.String())
	}
}
