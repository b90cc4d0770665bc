package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serverWords have no place on the command line: they speak to a client of the
// server.
var serverWords = []string{"Diagnoses without storing", "diagnoses go on", "Please try again", "send it again", "INTERNAL_ERROR", "STORAGE_", "NOT_FOUND",
	"INVALID_REQUEST", "BUSY", "CONFLICT"}

// in runs the program in a working folder of its own.
func in(t *testing.T, dir string, as *syscall.Credential, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = dir
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DATA_DIR=") && !strings.HasPrefix(v, "MODELS_DIR=") && !strings.HasPrefix(v, "BACKUP_DIR=") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	if as != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	}
	cmd.Stdin = strings.NewReader("Carabao2026\n")
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// A command that only reads, or changes what is there, makes nothing in a
// folder where there is no database, and says how to name the right one.
func TestStrangeFolderStaysEmpty(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"user list", 1, "--data-dir"},
		{"user list --json", 1, "--data-dir"},
		{"user disable boss", 1, "--data-dir"},
		{"user enable boss", 1, "--data-dir"},
		{"user password boss --password-stdin", 1, "--data-dir"},
		{"export", 1, "--data-dir"},
		{"backup --backup-dir backups", 1, "--data-dir"},
		{"compact", 1, "--data-dir"},
		{"repair", 1, "--data-dir"},
		{"restore", 2, "--backup-dir"},
		{"restore nowhere.db", 1, "nowhere.db"},
		{"restore --backup-dir nowhere", 1, "nowhere"},
		{"import django --dump nowhere.json --models-dir " + needModels(t), 1, "nowhere.json"},
		{"import django --database nowhere.db --models-dir " + needModels(t), 1, "nowhere.db"},
		{"check --models-dir " + needModels(t), 0, ""},
		{"predict nowhere.jpg --models-dir " + needModels(t), 1, "no photo"},
		{"version", 0, ""},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			r := in(t, dir, nil, strings.Fields(c.args)...)
			if r.code != c.code || !strings.Contains(r.errOut, c.says) {
				t.Errorf("exit %d, want %d and %q: %s", r.code, c.code, c.says, r.errOut)
			}
			// predict has a line for each photo, also for those that it cannot read.
			if c.code == 1 && r.out != "" && !strings.HasPrefix(c.args, "predict") {
				t.Errorf("standard output of a command that failed: %q", r.out)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("it leaves %v", left)
			}
		})
	}
}

// The socket of a server that was killed is no database either.
func TestSocketAloneIsNoDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "control.sock")})
	if err != nil {
		t.Skip(err)
	}
	listener.SetUnlinkOnClose(false)
	listener.Close()
	r := in(t, dir, nil, "user", "list", "--data-dir", dir)
	if left, _ := os.ReadDir(dir); r.code != 1 || len(left) != 1 {
		t.Errorf("exit %d, the folder holds %v: %s", r.code, left, r.errOut)
	}
}

// Errors on the command line name the flag and the file; they are the same
// beside a running server and without one.
func TestErrorsAreOfTheCommandLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, bytes.Repeat([]byte("no database"), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t)
	data := "--data-dir=" + s.data
	if r := in(t, dir, nil, "user", "add", "--username", "boss", "--password-stdin", data); r.code != 0 {
		t.Fatal(r.errOut)
	}
	ask := func(t *testing.T) {
		for _, c := range []struct {
			args string
			code int
			says []string
		}{
			{"backup", 2, []string{"--backup-dir", "BACKUP_DIR"}},
			{"backup --backup-dir " + file, 1, []string{file, "it is a file"}},
			{"restore", 2, []string{"--backup-dir", "BACKUP_DIR"}},
			{"restore /nowhere.db", 1, []string{"open /nowhere.db: no such file"}},
			{"restore " + file, 1, []string{file}},
			{"user disable", 2, []string{"--username"}},
			{"user disable ghost", 1, []string{`"ghost"`}},
			{"user add --username boss --password-stdin", 1, []string{"an account with this username already exists"}},
			{"user add --password-stdin", 2, []string{"--username"}},
			{"user add --username x", 2, []string{"--password-stdin"}},
			{"import django", 2, []string{"--dump", "--database"}},
		} {
			r := in(t, dir, nil, append(strings.Fields(c.args), data)...)
			if r.code != c.code {
				t.Errorf("%s: exit %d, want %d: %s", c.args, r.code, c.code, r.errOut)
			}
			for _, want := range c.says {
				if !strings.Contains(r.errOut, want) {
					t.Errorf("%s: no %q in %s", c.args, want, r.errOut)
				}
			}
			for _, word := range serverWords {
				if strings.Contains(r.errOut+r.out, word) {
					t.Errorf("%s: %q in %s%s", c.args, word, r.out, r.errOut)
				}
			}
		}
	}
	t.Run("beside a server", ask)
	s.stop()
	t.Run("without one", ask)
	for args, says := range map[string]string{
		"serve --port 70000":                   "PORT (--port)",
		"serve --backup-every 1h":              "BACKUP_EVERY (--backup-every)",
		"serve --models-dir /nowhere":          "--models-dir or MODELS_DIR",
		"predict x.jpg --models-dir /nowhere":  "--models-dir or MODELS_DIR",
		"serve --trusted-proxies proxy.exampl": "TRUSTED_PROXIES (--trusted-proxies)",
	} {
		if r := in(t, dir, nil, strings.Fields(args)...); r.code == 0 || !strings.Contains(r.errOut, says) {
			t.Errorf("%s: exit %d, no %q in %s", args, r.code, says, r.errOut)
		}
	}
	// A damaged database is the commands' own matter, not "diagnoses go on".
	if err := os.WriteFile(filepath.Join(s.data, "mangosense.db"), bytes.Repeat([]byte{7}, 1<<16), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"check", "export", "user list", "backup --backup-dir " + dir} {
		r := in(t, dir, nil, append(strings.Fields(args), data)...)
		if r.code != 1 || !strings.Contains(r.out+r.errOut, "damaged") {
			t.Errorf("%s of a damaged database: exit %d, %s%s", args, r.code, r.out, r.errOut)
		}
		for _, word := range serverWords {
			if strings.Contains(r.errOut+r.out, word) {
				t.Errorf("%s: %q in %s%s", args, word, r.out, r.errOut)
			}
		}
	}
}

func TestJSONIsOneObject(t *testing.T) {
	t.Parallel()
	s := start(t)
	ask := func(t *testing.T) {
		for args, keys := range map[string][]string{
			"check --json": {"ok", "models.folder", "models.files", "store.state", "store.records"},
			"backup --json --photos --backup-dir " + filepath.Join(s.data, "backups"): {"path", "at", "bytes", "records", "photos_copied", "milliseconds"},
			"version --json": {"version", "go", "tensorflow_lite", "os", "arch", "revision"},
		} {
			full := strings.Fields(args)
			if full[0] != "version" {
				full = append(full, "--data-dir="+s.data)
			}
			if full[0] == "check" {
				full = append(full, "--models-dir="+needModels(t))
			}
			r := in(t, t.TempDir(), nil, full...)
			var got map[string]any
			if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.code != 0 || strings.Count(r.out, "\n") != 1 {
				t.Errorf("%s: exit %d, %v: %s%s", args, r.code, err, r.out, r.errOut)
			}
			for _, k := range keys {
				if at(got, strings.Split(k, ".")...) == nil {
					t.Errorf("%s: no %s in %s", args, k, r.out)
				}
			}
		}
	}
	t.Run("beside a server", ask)
	s.stop()
	t.Run("without one", ask)
	r := in(t, t.TempDir(), nil, "check", "--json", "--models-dir=/nowhere")
	var got map[string]any
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.code != 1 || got["ok"] != false || at(got, "models", "error") == nil {
		t.Errorf("of a fault: exit %d, %v: %s", r.code, err, r.out)
	}
}

// A command that waits says so on standard error, and nowhere else: here another
// program has the database.
func TestSilenceIsBroken(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if r := in(t, data, nil, "user", "add", "--username", "boss", "--password-stdin", "--data-dir="+data); r.code != 0 {
		t.Fatal(r.errOut)
	}
	for _, stopped := range []bool{false, true} {
		unlock := lock(t, data)
		cmd := exec.Command(binary, "backup", "--json", "--data-dir="+data, "--backup-dir="+filepath.Join(data, "backups"))
		var out bytes.Buffer
		cmd.Stdout = &out
		errOut, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(errOut)
		line, _ := lines.ReadString('\n')
		if !regexp.MustCompile(`^mangosense: backup: \d+s so far\n$`).MatchString(line) {
			t.Errorf("standard error begins with %q", line)
		}
		if stopped {
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		} else {
			unlock()
		}
		rest, _ := io.ReadAll(lines)
		_ = cmd.Wait()
		unlock()
		switch code := cmd.ProcessState.ExitCode(); {
		case stopped && (code != 130 || out.Len() > 0):
			t.Errorf("stopped: exit %d, %s%s", code, out.String(), rest)
		case !stopped && (code != 0 || !json.Valid(out.Bytes())):
			t.Errorf("exit %d, %s%s", code, out.String(), rest)
		}
	}
}

// lock takes the database as another program does.
func lock(t *testing.T, data string) (unlock func()) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(data, "mangosense.db.lock"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	return func() { _ = f.Close() }
}

// The program finds its models from any folder, wherever a release, an image or
// a build has them.
func TestModelsAreFoundFromAnyFolder(t *testing.T) {
	needModels(t)
	for _, layout := range []struct{ program, models string }{{"mangosense", "models"}, {"bin/mangosense", "models"}} {
		home := t.TempDir()
		if err := os.Symlink(copyModels(t, needModels(t)), filepath.Join(home, layout.models)); err != nil {
			t.Fatal(err)
		}
		program := filepath.Join(home, layout.program)
		if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Link(binary, program); err != nil {
			t.Skip(err)
		}
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(program, link); err != nil {
			t.Fatal(err)
		}
		for _, as := range []string{program, link} {
			was := binary
			binary = as
			r := in(t, t.TempDir(), nil, "check")
			binary = was
			if r.code != 0 || !strings.Contains(r.out, "✅ All model files") {
				t.Errorf("%s: exit %d: %s%s", layout.program, r.code, r.out, r.errOut)
			}
		}
	}
	if r := in(t, t.TempDir(), nil, "predict", "x.jpg"); r.code != 1 || !strings.Contains(r.errOut, "--models-dir or MODELS_DIR") {
		t.Errorf("without models: exit %d: %s", r.code, r.errOut)
	}
}

// The exit codes of --help are those of docs/operations.md; TestUsage,
// TestSilenceIsBroken and others see each of them.
func TestExitCodesAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	help := in(t, t.TempDir(), nil, "--help").out
	_, help, _ = strings.Cut(help, "Exit codes:")
	codes := regexp.MustCompile(`(?m)^ +(\d+) +(.+)$`).FindAllStringSubmatch(help, -1)
	if len(codes) < 5 {
		t.Fatalf("--help lists %d exit codes", len(codes))
	}
	for _, c := range codes {
		if _, err := strconv.Atoi(c[1]); err != nil || !strings.Contains(string(page), "| "+c[1]+" | "+c[2]) {
			t.Errorf("docs/operations.md has no line %q", "| "+c[1]+" | "+c[2])
		}
	}
	if r := in(t, t.TempDir(), nil, "--version"); r.code != 0 || !strings.HasPrefix(r.out, "mangosense ") || r.errOut != "" {
		t.Errorf("--version: exit %d, %s%s", r.code, r.out, r.errOut)
	}
}
