package tflite_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever reads standard error looks for faults: the library's information is left out,
// its faults are not.
func TestStandardErrorHasFaultsAlone(t *testing.T) {
	content, err := os.ReadFile(real(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model")
	check(os.WriteFile(path, content, 0o644))
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), damageChild+"="+path, damageChild+"_STRIDE=100000000", damageChild+"_FLIPS=200")
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	faults := 0
	for line := range strings.Lines(said.String()) {
		switch {
		case strings.HasPrefix(line, "INFO"):
			t.Errorf("standard error has %q", line)
		case strings.HasPrefix(line, "ERROR: "):
			faults++
		}
	}
	if faults == 0 {
		t.Errorf("the library's words on damaged models are gone: %q", said.String())
	}
}
