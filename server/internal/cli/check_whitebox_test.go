package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/store"
)

// TestRemedyFitsTheError: check sends nobody to repair a database that is sound.
func TestRemedyFitsTheError(t *testing.T) {
	for want, err := range map[string]error{
		"repair":       fmt.Errorf("cannot open the database: %w", store.ErrDamaged),
		"newer":        fmt.Errorf("cannot open the database: %w", store.ErrNewer),
		"as the user":  &os.PathError{Op: "open", Path: "x", Err: os.ErrPermission},
		"":             mango.Wrap(mango.Internal, errors.New("a nil map"), "Something went wrong."),
		"\x00no words": store.ErrLocked,
	} {
		got := storeRemedy(err)
		if want = strings.TrimPrefix(want, "\x00no words"); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

// TestInterruptedCheck: a check that was stopped is neither good nor bad.
func TestInterruptedCheck(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := &checkCmd{}
	c.DataDir = t.TempDir()
	if err := os.WriteFile(storePath(c.DataDir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := c.Run(&run{ctx, Streams{Out: &out, Err: io.Discard}}); !errors.Is(err, context.Canceled) || strings.Contains(out.String(), "repair") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
