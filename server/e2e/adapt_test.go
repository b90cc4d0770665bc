package e2e_test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// orchardPhotos makes a folder to learn from: so many photos of each class of a
// source that the delivered head has not learnt, and of a disease that no model
// knows. It gives photos of that disease that are not in it.
func orchardPhotos(t *testing.T, each int, added string) (dir string, rest []string) {
	t.Helper()
	root, err := filepath.Abs("../../../shared/data")
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(root, "manifest.csv"))
	if err != nil {
		t.Skip("the photographs are not here: ", err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	have := map[string]int{}
	for _, l := range lines[1:] { // path, kind, label, session, group
		class := strings.ReplaceAll(l[2], "_", " ")
		switch {
		case strings.HasPrefix(l[0], "mldid/"):
		case strings.HasPrefix(l[2], "Unlisted") && strings.HasPrefix(l[4], "harumanis"):
			class = added
		default:
			continue
		}
		path := filepath.Join(root, filepath.FromSlash(l[0]))
		if have[class] >= each {
			if class == added {
				rest = append(rest, path)
			}
			continue
		}
		have[class]++
		below := filepath.Join(dir, class, l[4])
		if err := os.MkdirAll(below, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(below, filepath.Base(l[0]))); err != nil {
			t.Fatal(err)
		}
	}
	return dir, rest
}

// TestLearnsAnOrchard: a version learnt from an orchard's photos answers beside
// the running server at once and after a restart, names a class that no delivered
// model knows with the orchard's own advice, and goes away again; damaged, it
// keeps no server from starting.
func TestLearnsAnOrchard(t *testing.T) {
	models := needModels(t)
	const rust, advice = "Red Rust", "Orange velvet of an alga."
	from, rest := orchardPhotos(t, 16, rust)
	if err := os.WriteFile(filepath.Join(from, rust, "advice.txt"), []byte(advice+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	data, err := t.TempDir(), error(nil)
	env := []string{"MODELS_DIR=" + models, "DATA_DIR=" + data}
	s := startIn(t, data, env...)
	var photo []byte
	says := func(s *server) (disease, information string) {
		p := at(s.predict(photo, "detection_type", "leaf").json, "data", "primary_prediction")
		disease, _ = at(p, "disease").(string)
		information, _ = at(p, "information").(string)
		return disease, information
	}
	r := command(t, env, "models", "adapt", "--from", from, "--activate")
	if r.code != 0 {
		t.Fatalf("exit %d\n%s%s", r.code, r.out, r.errOut)
	}
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	id := lines[len(lines)-1]
	if !strings.HasPrefix(id, "leaf-") || !strings.Contains(r.out, rust+" (new)") {
		t.Fatalf("%s", r.out)
	}
	// predict uses what was chosen, and finds others of the class.
	rest = rest[:24]
	found := 0
	args := append([]string{"predict", "--json", "--kind", "leaf"}, rest...)
	for i, line := range strings.Split(strings.TrimSpace(command(t, env, args...).out), "\n") {
		var d struct{ Disease string }
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatal(err)
		}
		if d.Disease == rust {
			found++
			if photo, err = os.ReadFile(rest[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if found < 16 {
		t.Fatalf("predict names %d of %d %s", found, len(rest), rust)
	}
	if disease, information := says(s); disease != rust || information != advice {
		t.Errorf("learnt: %q, %q", disease, information)
	}
	s.stop()
	s = startIn(t, data, env...)
	if disease, _ := says(s); disease != rust {
		t.Errorf("after a restart: %q", disease)
	}
	if r := command(t, env, "models", "rollback"); r.code != 0 || !strings.HasSuffix(strings.TrimSpace(r.out), "leaf-mobilenetv2") {
		t.Errorf("rollback: exit %d\n%s%s", r.code, r.out, r.errOut)
	}
	if disease, _ := says(s); disease == rust {
		t.Error("it answers after the rollback")
	}
	if r := command(t, env, "models", "activate", id); r.code != 0 {
		t.Errorf("activate: exit %d\n%s", r.code, r.errOut)
	}
	if r := command(t, env, "models", "remove", id); r.code != 1 || !strings.Contains(r.errOut, "it answers") {
		t.Errorf("what answers is removed: exit %d\n%s", r.code, r.errOut)
	}
	s.stop()
	head := filepath.Join(data, "models", id, id+".head")
	b, err := os.ReadFile(head)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(head, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s = startIn(t, data, env...)
	if disease, _ := says(s); disease == rust || !strings.Contains(s.logged(), "the delivered model answers") {
		t.Errorf("damaged: %q\n%s", disease, s.logged())
	}
	if r := command(t, env, "models", "activate", id); r.code != 1 || !strings.Contains(r.errOut, "the model in use stays") {
		t.Errorf("a damaged version is taken: exit %d\n%s", r.code, r.errOut)
	}
}

// TestAdaptRefuses: the sentence why, exit code 1, and no version.
func TestAdaptRefuses(t *testing.T) {
	models := needModels(t)
	from, _ := orchardPhotos(t, 9, "Red Rust")
	data := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"nothing said":      {nil, 2, "--from"},
		"no such folder":    {[]string{"--from", "/nowhere"}, 1, "nowhere"},
		"an empty folder":   {[]string{"--from", t.TempDir()}, 1, "no photo"},
		"nine of a new one": {[]string{"--from", from}, 1, "needs 10"},
		"no records":        {[]string{"--approved"}, 1, "no database"},
	} {
		r := command(t, []string{"MODELS_DIR=" + models, "DATA_DIR=" + data}, append([]string{"models", "adapt"}, c.args...)...)
		if r.code != c.code || !strings.Contains(r.errOut, c.says) {
			t.Errorf("%s: exit %d\n%s", name, r.code, r.errOut)
		}
	}
	if _, err := os.Stat(filepath.Join(data, "models")); err == nil {
		t.Error("a refused version is kept")
	}
}
