package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// "permission denied" alone helps nobody: who may not do what, and whose it is.
func TestDeniedNamesUserAndFolder(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("another user can only be taken on by root")
	}
	nobody := &syscall.Credential{Uid: 65534, Gid: 65534}
	// Below /tmp, so that another user gets this far.
	dir, err := os.MkdirTemp("", "mangosense-denied-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	private := filepath.Join(dir, "private")
	for path, mode := range map[string]os.FileMode{dir: 0o755, private: 0o700} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"dump.json", "mangosense.db", "control.sock"} {
		if err := os.WriteFile(filepath.Join(private, name), []byte("[]"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program := forEverybody(t, dir)
	defer func(was string) { binary = was }(binary)
	binary = program
	models := copyModels(t, needModels(t))
	for at := models; at != os.TempDir() && at != "/"; at = filepath.Dir(at) {
		os.Chmod(at, 0o755)
	}
	files, _ := filepath.Glob(models + "/*")
	for _, f := range files {
		os.Chmod(f, 0o644)
	}
	for _, c := range []struct{ args, says string }{
		{"import django --models-dir " + models + " --data-dir " + dir + "/data --dump " + private + "/dump.json", "may not enter " + private},
		{"import django --models-dir " + models + " --data-dir " + dir + "/data --media " + private + " --dump /dev/null", "may not read " + private},
		{"serve --port 0 --models-dir " + models + " --data-dir " + dir + "/data", "may not write to " + dir},
		{"user list --data-dir " + private, "may not enter " + private},
		{"export --data-dir " + private, "may not enter " + private},
		{"restore --data-dir " + dir + "/data " + private + "/dump.json", "may not enter " + private},
		{"user add --username x --password-stdin --data-dir " + dir + "/data", "may not write to " + dir},
	} {
		r := in(t, dir, nobody, strings.Fields(c.args)...)
		if r.code != 1 || !strings.Contains(r.errOut, c.says) || !strings.Contains(r.errOut, "(65534)") || !strings.Contains(r.errOut, "belongs to user root (0)") {
			t.Errorf("%s: exit %d, want %q: %s", c.args, r.code, c.says, r.errOut)
		}
	}
}

// forEverybody puts the program into a folder where any user may run it, as a
// release has it: with its library beside it, since a checkout may be private.
func forEverybody(t *testing.T, dir string) string {
	t.Helper()
	program := filepath.Join(dir, "mangosense")
	if err := exec.Command("cp", binary, program).Run(); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, from := range append(filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")), "../../.native/"+runtime.GOARCH+"/lib") {
		if exec.Command("cp", filepath.Join(from, "libtensorflowlite_c.so"), filepath.Join(dir, "lib")).Run() == nil {
			break
		}
	}
	for at := dir; at != os.TempDir() && at != "/"; at = filepath.Dir(at) {
		_ = os.Chmod(at, 0o755)
	}
	cmd := exec.Command(program, "version")
	cmd.Dir, cmd.SysProcAttr = "/", &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("another user cannot run the program here: %v %s", err, out)
	}
	return program
}
