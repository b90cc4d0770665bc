package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mangosense/preprocess/photos"
)

// page is a page of the documentation.
func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blocks are the fenced blocks of a language below a heading, up to the next.
func blocks(t *testing.T, text, heading, language string) []string {
	t.Helper()
	_, text, ok := strings.Cut(text, "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("there is no heading %q", heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	var out []string
	for _, m := range regexp.MustCompile("(?s)\n```"+language+"\n(.*?)```").FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	if len(out) == 0 {
		t.Fatalf("there is no %s block below %q", language, heading)
	}
	return out
}

// shell runs a block as it stands, but for the address, in a folder with a photo.
func (s *server) shell(script string) string {
	s.t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		s.t.Skip("curl is not installed")
	}
	if !strings.Contains(script, "http://localhost:8000") {
		s.t.Fatalf("the block names no server on port 8000:\n%s", script)
	}
	dir := s.t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "leaf.jpg"), photos.JPEG(640, 480), 0o600); err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command("sh", "-eu", "-c", strings.ReplaceAll(script, "http://localhost:8000", s.url))
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// TestWorkedExample runs docs/api.md's example literally. What it shows of the
// answers must be in them.
func TestWorkedExample(t *testing.T) {
	t.Parallel()
	const heading = "From register to history"
	text := page(t, "docs/api.md")
	s := start(t, "MODELS_DIR="+lenient(t))
	out := s.shell(blocks(t, text, heading, "sh")[0])
	for _, shown := range blocks(t, text, heading, "json") {
		var v any
		if err := json.Unmarshal([]byte(shown), &v); err != nil {
			t.Fatalf("%v in %s", err, shown)
		}
		for _, key := range keysOf(v) {
			if !strings.Contains(out, `"`+key+`":`) {
				t.Errorf("no answer has the key %q that the page shows:\n%s", key, out)
			}
		}
	}
	for _, want := range []string{`"saved_image_id":1`, `"total":1`} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
}

func keysOf(v any) (keys []string) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			keys = append(append(keys, k), keysOf(inner)...)
		}
	case []any:
		for _, inner := range v {
			keys = append(keys, keysOf(inner)...)
		}
	}
	return keys
}

// TestReadmeOnTheImage: the README's photo is answered with the settings of the
// container image, too.
func TestReadmeOnTheImage(t *testing.T) {
	t.Parallel()
	m := regexp.MustCompile(`(?m)^ENV (.+)$`).FindStringSubmatch(page(t, "Dockerfile"))
	if m == nil {
		t.Fatal("the Dockerfile sets no environment")
	}
	env := slices.DeleteFunc(strings.Fields(m[1]), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"PATH", "DATA_DIR", "PORT", "MODELS_DIR"}, name) // of the image's own folders
	})
	s := start(t, env...)
	out := s.shell(blocks(t, page(t, "README.md"), "One photo", "")[0])
	if !strings.Contains(out, `"success":true`) {
		t.Errorf("the README's photo is answered %s", out)
	}
}

// TestStartGivesTheVolumeAway: the image begins as root on a volume of root's,
// and serves as its user.
func TestStartGivesTheVolumeAway(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root may become another user")
	}
	for _, tool := range []string{"setpriv", "find"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	forEverybody(t, filepath.Join(home, "bin"))
	if err := os.WriteFile(filepath.Join(home, "start.sh"), []byte(page(t, "start.sh")), 0o755); err != nil {
		t.Fatal(err)
	}
	models := filepath.Join(home, "models")
	if err := exec.Command("cp", "-r", copyModels(t, needModels(t)), models).Run(); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("chmod", "-R", "a+rX", models).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data := filepath.Join(home, "data")
	if err := os.MkdirAll(filepath.Join(data, "media"), 0o700); err != nil { // root's, and nobody else may enter
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(home, "start.sh"))
	cmd.Env = append(os.Environ(), "RUN_AS_USER=nobody", "DATA_DIR="+data, "PORT=0", "ADDRESS=127.0.0.1", "MODELS_DIR=")
	s := follow(t, cmd, data)
	owner, err := exec.Command("stat", "-c", "%U", data, filepath.Join(data, "mangosense.db")).Output()
	if err != nil || string(owner) != "nobody\nnobody\n" {
		t.Errorf("the data belongs to %q, %v\n%s", owner, err, s.logged())
	}
	if status, err := os.ReadFile("/proc/" + s.pid() + "/status"); err != nil || !regexp.MustCompile(`(?m)^Uid:\s+65534\s+65534`).Match(status) {
		t.Errorf("the server does not run as nobody: %v", err)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("SIGTERM does not reach the server: exit %d", code)
	}
}
