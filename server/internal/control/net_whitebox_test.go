package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
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

// TestDamageCrossesTheSocket: a command beside a server tells damage from other
// errors as one without a server does.
func TestDamageCrossesTheSocket(t *testing.T) {
	for _, err := range []error{
		fmt.Errorf("the check: %w: a page", store.ErrDamaged),
		mango.Wrap(mango.StoreDown, fmt.Errorf("cannot open: %w", store.ErrDamaged), "Nothing is stored."),
		mango.Wrap(mango.Internal, errors.New("a nil map"), "Something went wrong."),
		errors.New("no such file"),
	} {
		got := faultOf(err).error()
		if errors.Is(got, store.ErrDamaged) != errors.Is(err, store.ErrDamaged) || mango.CodeOf(got) != mango.CodeOf(err) || got.Error() != Reason(err) {
			t.Errorf("%v arrives as %v, %s", err, got, mango.CodeOf(got))
		}
	}
}
