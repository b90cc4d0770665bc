package preprocess_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mangosense/preprocess"
)

// python is an interpreter that has Pillow and numpy; the test skips without.
func python(t *testing.T) string {
	t.Helper()
	exe := cmp.Or(os.Getenv("MANGO_PYTHON"), "python3")
	if out, err := exec.Command(exe, "-c", "import PIL, numpy").CombinedOutput(); err != nil {
		t.Skipf("%s has no Pillow and numpy (MANGO_PYTHON names another): %v %s", exe, err, lastLine(out))
	}
	return exe
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// sample takes n pictures of the shared data, spread evenly over its folders.
func sample(t *testing.T, n int) []string {
	t.Helper()
	dir := cmp.Or(os.Getenv("MANGO_DATA"), "../../shared/data")
	var names []string
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && slices.Contains([]string{".jpg", ".jpeg", ".png"}, strings.ToLower(filepath.Ext(path))) {
			names = append(names, path)
		}
		return nil
	})
	if len(names) < n {
		t.Skipf("%s holds %d pictures (MANGO_DATA names another folder)", dir, len(names))
	}
	var out []string
	for i := range n {
		out = append(out, names[i*len(names)/n])
	}
	return out
}

// Real photographs, as they are and enlarged to what phones send, against
// Pillow's full decode and antialiased resize.
func TestAgainstPillow(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	exe := python(t)
	in := input(224, 224)
	p := newPreprocessor(t, preprocess.Config{})
	for _, c := range []struct {
		megapixels float64
		pictures   int
		limit      float64
	}{
		{0, 60, 1}, {0.4, 8, 1.5}, {1, 8, 1.5}, {3, 8, 1.5}, {12, 8, 1.5}, {48, 2, 1.5},
	} {
		t.Run(fmt.Sprintf("%v MP", c.megapixels), func(t *testing.T) {
			names := sample(t, c.pictures)
			if c.megapixels > 0 {
				dir := t.TempDir()
				args := append([]string{"testdata/golden.py", "--enlarge", fmt.Sprint(c.megapixels), dir}, names...)
				if out, err := exec.Command(exe, args...).CombinedOutput(); err != nil {
					t.Fatalf("cannot enlarge: %v: %s", err, out)
				}
				for i := range names {
					names[i] = filepath.Join(dir, fmt.Sprint(i, ".jpg"))
				}
			}
			args := append([]string{"testdata/golden.py", "--tensor", "224", "224"}, names...)
			want, err := exec.Command(exe, args...).Output()
			if err != nil || len(want) != len(names)*in.Bytes() {
				t.Fatalf("cannot make tensors: %v, %d bytes", err, len(want))
			}
			worst := 0.0
			for i, name := range names {
				photo, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				got, h, err := tensor(p, photo, in)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				mean, most := difference(t, got, want[i*in.Bytes():(i+1)*in.Bytes()])
				if worst = max(worst, mean); mean > c.limit {
					t.Errorf("%s, %d×%d at orientation %d: off by %.2f levels in the mean, %d at most",
						name, h.Width, h.Height, h.Orientation, mean, most)
				}
			}
			t.Logf("%d pictures, worst mean difference %.3f levels", len(names), worst)
		})
	}
}
