package e2e_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSystemdIsTold: as a service of Type=notify the program says when it serves, that
// a model still answers, and when it stops.
func TestSystemdIsTold(t *testing.T) {
	needModels(t)
	path := filepath.Join(t.TempDir(), "notify")
	ln, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	s := start(t, "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=400000")
	next := func() string {
		t.Helper()
		if err := ln.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 1000)
		n, err := ln.Read(b)
		if err != nil {
			t.Fatalf("nothing was told: %v\n%s", err, s.logged())
		}
		return string(b[:n])
	}
	for i, want := range []string{"READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"} {
		if got := next(); got != want {
			t.Fatalf("message %d is %q, want %q", i, got, want)
		}
	}
	if code := s.stop(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	for got := next(); got != "STOPPING=1"; got = next() {
		if got != "WATCHDOG=1" {
			t.Fatalf("at the end it said %q", got)
		}
	}
}

// TestServiceIsConfined: systemd's own judgement of the unit, 0 (safe) to 10.
func TestServiceIsConfined(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed (Debian package systemd)")
	}
	unit := filepath.Join(t.TempDir(), "mangosense.service")
	if err := os.WriteFile(unit, []byte(page(t, "tools/pi/mangosense.service")), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(analyze, "security", "--offline=true", "--threshold=25", unit).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "exposure level") {
		t.Errorf("the unit's exposure is beyond 2.5: %v\n%s", err, out)
	}
}
