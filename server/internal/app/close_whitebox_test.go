package app

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestCloseOutlastsNoLock: what hangs when everything is closed does not keep
// the program from ending.
func TestCloseOutlastsNoLock(t *testing.T) {
	never := make(chan struct{})
	defer close(never)
	hangs := &App{records: &records{closes: []func() error{func() error { <-never; return nil }}}}
	if err := hangs.closeWithin(10*time.Millisecond, func() {}); err == nil || !strings.Contains(err.Error(), "cannot close everything") {
		t.Errorf("what hangs: %v", err)
	}
	if err := (&App{}).closeWithin(10*time.Millisecond, func() { <-never }); err == nil {
		t.Error("a reload that hangs keeps the program")
	}
	broken := errors.New("broken")
	ends := &App{records: &records{closes: []func() error{func() error { return broken }}}}
	if err := ends.closeWithin(time.Minute, func() {}); !errors.Is(err, broken) {
		t.Errorf("what ends: %v", err)
	}
}

// TestReloadSurvives: a fault of the program in a reload is an error of it.
func TestReloadSurvives(t *testing.T) {
	if err := (&App{}).reload(); err == nil || !strings.Contains(err.Error(), "internal error") || !strings.Contains(err.Error(), "reload.go") {
		t.Errorf("a reload without models: %v", err)
	}
}
