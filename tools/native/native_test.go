// Package native_test runs the scripts of this folder in a tree of their own,
// with a PATH made for each case: what they say when something is missing is a
// promise to whoever builds the program for the first time. No test touches the
// network: pip is a stand-in.
package native_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// tree is a copy of the scripts in a folder that stands for the project's root.
type tree struct {
	t    *testing.T
	root string
	bin  string
}

// newTree links the few programs that the scripts may use into a folder that
// becomes the whole PATH, with a go that calls itself goVersion for arch.
func newTree(t *testing.T, goVersion, arch string) *tree {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the scripts are for Linux")
	}
	tr := &tree{t: t, root: t.TempDir(), bin: t.TempDir()}
	scripts := filepath.Join(tr.root, "tools", "native")
	if err := os.MkdirAll(scripts, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"setup.sh", "env.sh", "debian.sh"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(scripts, name), text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"sh", "dirname", "uname", "mktemp", "rm", "mkdir", "sha256sum", "mv", "cat", "sleep", "id"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("%s is missing here", name)
		}
		if err := os.Symlink(path, filepath.Join(tr.bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	tr.program("getconf", `echo glibc 2.36`)
	if goVersion != "" {
		tr.program("go", `echo go`+goVersion+`; echo `+arch)
	}
	return tr
}

func (tr *tree) program(name, script string) {
	tr.t.Helper()
	if err := os.WriteFile(filepath.Join(tr.bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		tr.t.Fatal(err)
	}
}

// run starts a script and gives back its exit status and both outputs.
func (tr *tree) run(env []string, script string, args ...string) (code int, stdout, stderr string) {
	tr.t.Helper()
	cmd := exec.Command(filepath.Join(tr.root, "tools", "native", script), args...)
	cmd.Env = append([]string{"PATH=" + tr.bin}, env...)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	if e := cmd.Run(); e != nil && cmd.ProcessState == nil {
		tr.t.Fatal(e)
	}
	return cmd.ProcessState.ExitCode(), out.String(), err.String()
}

// host is the name that uname gives this machine.
func host() string {
	if runtime.GOARCH == "arm64" {
		return "arm64"
	}
	return "amd64"
}

const noPip = `exit 1`

// A pip that brings rubbish in place of the wheel.
const lyingPip = `
case "$3" in
--version) exit 0 ;;
download) ;;
*) exit 9 ;;
esac
while [ "$1" != --dest ]; do shift; done
mkdir -p "$2" && echo rubbish >"$2/pymicro_wakeword-2.5.0-py3-none-any.whl"`

func TestEachFaultIsOneSentenceWithARemedy(t *testing.T) {
	for _, c := range []struct {
		name   string
		goes   string // go's version
		arch   string // what go env says
		args   []string
		env    []string
		python string
		libc   string
		want   string // what to do
	}{
		{name: "no pip", goes: "1.26.0", python: noPip, want: "apt-get install python3-pip"},
		{name: "no python", goes: "1.26.0", want: "apt-get install python3-pip"},
		{name: "no go", want: "install Go 1.26"},
		{name: "old go", goes: "1.22.12", python: lyingPip, want: "Go 1.26 or newer is needed"},
		{name: "ancient go", goes: "1.9", python: lyingPip, want: "Go 1.26 or newer is needed"},
		{name: "go without a version", goes: "-", python: lyingPip, want: "Go 1.26 or newer is needed"},
		{name: "wrong sum", goes: "1.26.8", python: lyingPip, want: "do not use it"},
		{name: "wrong sum under a release candidate", goes: "1.27rc1", python: lyingPip, want: "do not use it"},
		{name: "32-bit system", goes: "1.26.0", arch: "arm", python: lyingPip, want: "64-bit Raspberry Pi OS"},
		{name: "armv7l asked for", goes: "1.26.0", args: []string{"armv7l"}, want: "64-bit Raspberry Pi OS"},
		{name: "unknown architecture", goes: "1.26.0", args: []string{"riscv64"}, want: "TFLITE_DIR"},
		{name: "empty folder of the user's", goes: "1.26.0", env: []string{"TFLITE_DIR=/nonexistent"}, want: "unset TFLITE_DIR"},
		{name: "old glibc", goes: "1.26.0", python: lyingPip, libc: "echo glibc 2.31", want: "Debian 12"},
		{name: "no glibc", goes: "1.26.0", python: lyingPip, libc: "exit 1", want: "Debian 12"},
		{name: "pip without network", goes: "1.26.0", python: `[ "$3" = --version ]`, want: "check the network"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			arch := c.arch
			if arch == "" {
				arch = host()
			}
			tr := newTree(t, c.goes, arch)
			if c.python != "" {
				tr.program("python3", c.python)
			}
			if c.libc != "" {
				tr.program("getconf", c.libc)
			}
			code, stdout, stderr := tr.run(c.env, "setup.sh", c.args...)
			if code != 1 || stdout != "" {
				t.Errorf("exit %d with %q on standard output, want 1 and nothing", code, stdout)
			}
			if !strings.Contains(stderr, c.want) {
				t.Errorf("says %q, want %q in it", stderr, c.want)
			}
			if strings.Count(stderr, "\n") != 1 {
				t.Errorf("says more or less than one line: %q", stderr)
			}
			nothingHalf(t, tr.root)
		})
	}
}

// nothingHalf fails when .native holds anything but whole libraries.
func nothingHalf(t *testing.T, root string) {
	t.Helper()
	entries, _ := os.ReadDir(filepath.Join(root, ".native"))
	for _, e := range entries {
		t.Errorf("left behind: .native/%s", e.Name())
	}
}

func TestBrokenOffRunLeavesNothing(t *testing.T) {
	t.Parallel()
	tr := newTree(t, "1.26.0", host())
	started := filepath.Join(t.TempDir(), "started")
	tr.program("python3", `[ "$3" = --version ] && exit 0; : >'`+started+`'; exec sleep 1`)
	cmd := exec.Command(filepath.Join(tr.root, "tools", "native", "setup.sh"))
	cmd.Env = []string{"PATH=" + tr.bin}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(started); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("pip was never started")
		}
	}
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err == nil {
		t.Error("ended well although it was interrupted")
	}
	nothingHalf(t, tr.root)
}

// present puts a library in place as an earlier run would have left it.
func (tr *tree) present(stamp string) {
	tr.t.Helper()
	lib := filepath.Join(tr.root, ".native", "amd64", "lib")
	if err := os.MkdirAll(lib, 0o755); err != nil {
		tr.t.Fatal(err)
	}
	for path, text := range map[string]string{
		filepath.Join(lib, "libtensorflowlite_c.so"): "library",
		filepath.Join(lib, "..", "stamp"):            stamp + "\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			tr.t.Fatal(err)
		}
	}
}

const goodStamp = "pymicro-wakeword 2.5.0 3869f536402b1254e3be3549d3a462ecd6ed21ce2c3e77ec8eb501c3c700417c"

func TestSecondCallDoesNothing(t *testing.T) {
	t.Parallel()
	tr := newTree(t, "1.26.0", "amd64") // without python3: any fetch would fail
	tr.present(goodStamp)
	if code, stdout, stderr := tr.run(nil, "setup.sh"); code != 0 || stdout+stderr != "" {
		t.Errorf("exit %d, %q%q: want 0 and silence", code, stdout, stderr)
	}
}

func TestAnotherVersionsLibraryIsFetchedAnew(t *testing.T) {
	t.Parallel()
	tr := newTree(t, "1.26.0", "amd64")
	tr.present("pymicro-wakeword 2.4.0 something")
	if code, _, stderr := tr.run(nil, "setup.sh"); code != 1 || !strings.Contains(stderr, "pip") {
		t.Errorf("exit %d, %q: want it to ask for pip", code, stderr)
	}
}

func TestOwnLibraryIsTaken(t *testing.T) {
	t.Parallel()
	tr := newTree(t, "1.26.0", host())
	own := t.TempDir()
	for _, name := range []string{"lib/libtensorflowlite_c.so", "include/tensorflow/lite/c/c_api.h"} {
		path := filepath.Join(own, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"TFLITE_DIR=" + own}
	if code, _, stderr := tr.run(env, "setup.sh"); code != 0 {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if _, stdout, _ := tr.run(env, "env.sh"); !strings.Contains(stdout, "-L"+own+"/lib") || !strings.Contains(stdout, "-I"+own+"/include") {
		t.Errorf("env.sh does not name %s:\n%s", own, stdout)
	}
}

func TestEnvIsShell(t *testing.T) {
	t.Parallel()
	tr := newTree(t, "1.26.0", host())
	_, stdout, stderr := tr.run(nil, "env.sh", "arm64")
	out, err := exec.Command("/bin/sh", "-c", stdout+"\nprintf '%s' \"$CGO_LDFLAGS\"").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s%s", err, out, stderr)
	}
	want := "-L" + tr.root + "/.native/arm64/lib -Wl,-rpath,$ORIGIN/lib -Wl,-rpath,$ORIGIN/../.native/arm64/lib"
	if string(out) != want {
		t.Errorf("CGO_LDFLAGS is\n%s, want\n%s", out, want)
	}
}

func TestDebianNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	const query = `echo "ii gcc"; echo "rc libc6-dev"; exit 1`
	t.Run("not root", func(t *testing.T) {
		t.Parallel()
		tr := newTree(t, "", "")
		tr.program("dpkg-query", query)
		_ = os.Remove(filepath.Join(tr.bin, "id"))
		tr.program("id", "echo 1000")
		code, _, stderr := tr.run(nil, "debian.sh")
		if code != 1 || !strings.Contains(stderr, "sudo apt-get install ca-certificates libc6-dev libturbojpeg0-dev") {
			t.Errorf("exit %d: %q", code, stderr)
		}
	})
	t.Run("root", func(t *testing.T) {
		t.Parallel()
		tr := newTree(t, "", "")
		asked := filepath.Join(t.TempDir(), "asked")
		tr.program("dpkg-query", query)
		_ = os.Remove(filepath.Join(tr.bin, "id"))
		tr.program("id", "echo 0")
		tr.program("apt-get", `echo "$DEBIAN_FRONTEND $*" >>'`+asked+`'`)
		if code, _, stderr := tr.run(nil, "debian.sh", "test"); code != 0 {
			t.Errorf("exit %d: %q", code, stderr)
		}
		got, _ := os.ReadFile(asked)
		if want := "noninteractive update -qq\nnoninteractive install -y -qq --no-install-recommends shellcheck\n"; string(got) != want {
			t.Errorf("apt-get was asked\n%s, want\n%s", got, want)
		}
	})
	t.Run("apt-get fails", func(t *testing.T) {
		t.Parallel()
		tr := newTree(t, "", "")
		tr.program("dpkg-query", query)
		_ = os.Remove(filepath.Join(tr.bin, "id"))
		tr.program("id", "echo 0")
		tr.program("apt-get", `echo "apt-get's own words"; exit 100`)
		code, _, stderr := tr.run(nil, "debian.sh", "test")
		if code != 1 || !strings.Contains(stderr, "apt-get's own words") || !strings.Contains(stderr, "cannot install shellcheck") {
			t.Errorf("exit %d: %q", code, stderr)
		}
	})
	t.Run("nothing missing", func(t *testing.T) {
		t.Parallel()
		tr := newTree(t, "", "")
		tr.program("dpkg-query", `echo "ii shellcheck"`)
		if code, stdout, stderr := tr.run(nil, "debian.sh", "test"); code != 0 || stdout+stderr != "" {
			t.Errorf("exit %d, %q%q: want 0 and silence", code, stdout, stderr)
		}
	})
	t.Run("no dpkg", func(t *testing.T) {
		t.Parallel()
		tr := newTree(t, "", "")
		if code, _, stderr := tr.run(nil, "debian.sh"); code != 0 || !strings.Contains(stderr, "libturbojpeg0-dev") {
			t.Errorf("exit %d: %q", code, stderr)
		}
	})
}
