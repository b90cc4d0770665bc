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
	t.Parallel()
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
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("install.sh asks for root first")
	}
	if _, err := os.Stat("/run/systemd/system"); err == nil {
		t.Skip("systemd runs here: install.sh would install")
	}
	dir := t.TempDir()
	for _, tool := range []string{"systemctl", "useradd", "install", "runuser", "chgrp", "journalctl", "mv", "cp"} {
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

// machine is a folder that stands for a machine with systemd: install.sh's
// places lie in it, and the programs that it calls are stand-ins.
type machine struct {
	t          *testing.T
	root       string
	substitute []string
}

func newMachine(t *testing.T) *machine {
	m := &machine{t: t, root: t.TempDir()}
	for _, place := range []string{"/opt/mangosense", "/var/lib/mangosense", "/var/backups/mangosense", "/etc/mangosense.env",
		"/etc/systemd/system/mangosense.service", "/usr/local/bin/mangosense", "/run/systemd/system"} {
		m.substitute = append(m.substitute, place, m.root+place)
		if err := os.MkdirAll(filepath.Dir(m.root+place), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(m.root+"/run/systemd/system", 0o755); err != nil {
		t.Fatal(err)
	}
	m.tool("id", `[ "$1" = -u ] && echo 0 || exit 0`)
	for _, name := range []string{"chown", "chgrp", "useradd", "sleep", "sync"} {
		m.tool(name, "exit 0")
	}
	m.tool("runuser", `shift 3; exec "$@"`)
	// Owners are left out: only root may give files away.
	m.tool("install", `for a do shift; case $a in -o|-g) skip=1 ;; *) [ -n "${skip:-}" ] || set -- "$@" "$a"; skip= ;; esac; done; exec /usr/bin/install "$@"`)
	// The service runs as long as the program in its place starts.
	m.tool("systemctl", `echo "$*" >>`+m.root+`/called
case $1 in
`+"daemon-reload) [ ! -e "+m.root+"/no-reload ] ;;\n"+
		"is-active) "+m.root+"/opt/mangosense/mangosense serve ;;\nesac")
	m.tool("journalctl", "echo level=INFO msg=serving")
	return m
}

func (m *machine) tool(name, text string) {
	m.t.Helper()
	script(m.t, filepath.Join(m.root, "tools", name), "#!/bin/sh\n"+text+"\n")
}

// install unpacks a release whose program starts or not, and installs it.
func (m *machine) install(version string, starts bool) (ok bool, said string) {
	m.t.Helper()
	release := filepath.Join(m.root, "release-"+version)
	serve := map[bool]string{true: "exit 0", false: "exit 1"}[starts]
	script(m.t, filepath.Join(release, "mangosense"), "#!/bin/sh\ncase $1 in version) echo mangosense "+version+" ;; serve) "+serve+" ;; esac\n")
	for _, name := range []string{"mangosense.service", "mangosense.env", "mangosense.sh"} {
		script(m.t, filepath.Join(release, "service", name), page(m.t, "tools/pi/"+name)+"# "+version+"\n")
	}
	cmd := exec.Command(script(m.t, filepath.Join(release, "install.sh"), page(m.t, "tools/pi/install.sh"), m.substitute...))
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(m.root, "tools")+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	return err == nil, string(out)
}

// installed is the version in its place; empty: nothing is there.
func (m *machine) installed() string {
	m.t.Helper()
	program, err := exec.Command(m.root+"/opt/mangosense/mangosense", "version").Output()
	unit, _ := os.ReadFile(m.root + "/etc/systemd/system/mangosense.service")
	command, _ := os.ReadFile(m.root + "/usr/local/bin/mangosense")
	version := strings.TrimSpace(strings.TrimPrefix(string(program), "mangosense "))
	if err != nil && len(unit)+len(command) == 0 {
		return ""
	}
	if end := "# " + version + "\n"; !strings.HasSuffix(string(unit), end) || !strings.HasSuffix(string(command), end) {
		m.t.Errorf("half installed: program %q, unit %q, command %q", version, unit, command)
	}
	return version
}

// An installation is whole or not there: a program that does not start, or a
// step that fails, leads back to what was before.
func TestInstallIsWholeOrNotThere(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	if ok, said := m.install("1", false); ok || m.installed() != "" || !strings.Contains(said, "taken away again") {
		t.Errorf("a first program that does not start: ok %v, installed %q\n%s", ok, m.installed(), said)
	}
	if ok, said := m.install("2", true); !ok || m.installed() != "2" || !strings.Contains(said, "It serves") {
		t.Fatalf("a good one: ok %v, installed %q\n%s", ok, m.installed(), said)
	}
	if ok, said := m.install("3", false); ok || m.installed() != "2" || !strings.Contains(said, "the old one serves again") {
		t.Errorf("a new one that does not start: ok %v, installed %q\n%s", ok, m.installed(), said)
	}
	if ok, said := m.install("4", true); !ok || m.installed() != "4" {
		t.Errorf("the next: ok %v, installed %q\n%s", ok, m.installed(), said)
	}
	fresh := newMachine(t)
	if err := os.WriteFile(fresh.root+"/no-reload", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if ok, said := fresh.install("5", true); ok || fresh.installed() != "" {
		t.Errorf("systemd that cannot be asked: ok %v, installed %q\n%s", ok, fresh.installed(), said)
	}
}
