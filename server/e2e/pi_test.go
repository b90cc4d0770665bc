package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// script writes a shell script for a test to run; old and new replace each
// other in pairs.
func script(t *testing.T, path, text string, oldNew ...string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.NewReplacer(oldNew...).Replace(text)), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// The installed command reads the service's settings as systemd does: no shell
// splits, expands or runs a value.
func TestInstalledCommandReadsSettingsLiterally(t *testing.T) {
	dir := t.TempDir()
	backups := filepath.Join(dir, "USB stick; $HOME `id` 'x'")
	settings := filepath.Join(dir, "mangosense.env")
	lines := "# a comment\nPORT=0\nBACKUP_DIR=" + strings.ReplaceAll(backups, "'", `\'`) + "\nBACKUP_KEEP=\nexport LOG_LEVEL=debug\n"
	if err := os.WriteFile(settings, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	script(t, filepath.Join(dir, "bin/runuser"), "#!/bin/sh\n[ \"$1 $2 $3\" = '-u mango --' ] || exit 9\nshift 3\nexec \"$@\"\n")
	wrapper := script(t, filepath.Join(dir, "bin/mangosense"), page(t, "tools/pi/mangosense.sh"),
		"/etc/mangosense.env", settings, "/var/lib/mangosense", filepath.Join(dir, "data"), "/opt/mangosense/mangosense", binary)
	run := func(input string, args ...string) (string, string) {
		t.Helper()
		cmd := exec.Command(wrapper, args...)
		cmd.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
		cmd.Stdin = strings.NewReader(input)
		var out, errOut strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &errOut
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v\n%s%s", args, err, out.String(), errOut.String())
		}
		return out.String(), errOut.String()
	}
	run("Carabao2026\n", "user", "add", "--username", "boss", "--password-stdin")
	out, errOut := run("", "backup", "--json")
	var made struct{ Path string }
	if err := json.Unmarshal([]byte(out), &made); err != nil || filepath.Dir(made.Path) != backups {
		t.Errorf("the backup is %q, want it in %q (%v)", made.Path, backups, err)
	}
	if !strings.Contains(errOut, "line 5") {
		t.Errorf("a line that the service leaves out is not named: %q", errOut)
	}
	if out, _ := run(""); !strings.Contains(out, "Exit codes") {
		t.Errorf("without arguments: %q", out)
	}
}

// Where systemd is installed but does not run, as in a container, install.sh
// says so before it has changed anything.
func TestInstallNeedsARunningSystemd(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("install.sh asks for root first")
	}
	if _, err := os.Stat("/run/systemd/system"); err == nil {
		t.Skip("systemd runs here: install.sh would install")
	}
	dir := t.TempDir()
	for _, tool := range []string{"systemctl", "useradd", "install", "runuser", "mv", "cp"} {
		script(t, filepath.Join(dir, "bin", tool), "#!/bin/sh\necho "+tool+" \"$@\" >>"+dir+"/called\n")
	}
	release := filepath.Join(dir, "release")
	install := script(t, filepath.Join(release, "install.sh"), page(t, "tools/pi/install.sh"))
	script(t, filepath.Join(release, "mangosense"), "#!/bin/sh\n")
	cmd := exec.Command(install)
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "systemd is installed but does not run here") || !strings.Contains(string(out), "start.sh") {
		t.Errorf("%v: %s", err, out)
	}
	if called, err := os.ReadFile(filepath.Join(dir, "called")); err == nil {
		t.Errorf("it called\n%s", called)
	}
}
