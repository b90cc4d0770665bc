package app_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mangosense/models"
	"mangosense/preprocess"
	"mangosense/tflite"
)

var enlarged = flag.Int("enlarged", 6, "shared pictures of each kind in TestSameClassAsPillow; make agreement takes 200")

// Scaled decode and our own resampler must not change the answer: the models say
// the same of shared pictures enlarged to 12 MP as with Pillow's full decode and
// antialiased resize. Of few pictures one may be on the edge; of many 0.5 %.
func TestSameClassAsPillow(t *testing.T) {
	if testing.Short() {
		t.Skip("enlarges photos for half a minute")
	}
	exe := cmp.Or(os.Getenv("MANGO_PYTHON"), "python3")
	if out, err := exec.Command(exe, "-c", "import PIL, numpy").CombinedOutput(); err != nil {
		t.Skipf("%s has no Pillow and numpy (MANGO_PYTHON names another): %v: %s", exe, err, out)
	}
	manifest, err := models.Read("../../../models")
	if err != nil {
		t.Fatal(err)
	}
	pixels, err := preprocess.New(preprocess.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer pixels.Close()
	seen, other, sum := 0, 0, 0.0
	for _, kind := range []string{"leaf", "fruit"} {
		m, ok := manifest.ByKind(kind)
		if !ok {
			continue
		}
		model, err := tflite.Open(manifest.TFLitePath(m), tflite.Config{Interpreters: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer model.Close()
		names := some(t, filepath.Join(cmp.Or(os.Getenv("MANGO_DATA"), "../../../../shared/data"), kind), *enlarged)
		for batch := range slices.Chunk(names, 8) { // one for each orientation
			photos, tensors := enlarge(t, exe, batch, m.Input)
			for i, photo := range photos {
				read, err := pixels.Probe(photo)
				if err != nil {
					t.Fatal(err)
				}
				got, want := make([]byte, m.Input.Bytes()), tensors[i*m.Input.Bytes():][:m.Input.Bytes()]
				if _, err := pixels.Tensor(read, m.Input, got); err != nil {
					t.Fatal(err)
				}
				mean := 0.0
				for i := range got {
					mean += math.Abs(float64(got[i])-float64(want[i])) / float64(len(got))
				}
				seen, sum = seen+1, sum+mean
				if ours, theirs := class(t, m, model, got), class(t, m, model, want); ours != theirs {
					other++
					t.Logf("%s: %s, Pillow's %s; %.2f levels apart", batch[i], m.Classes[ours], m.Classes[theirs], mean)
				}
			}
		}
	}
	t.Logf("%d pictures of 12 MP: %d with another class, mean difference %.3f levels", seen, other, sum/float64(seen))
	if other > max(1, seen/200) {
		t.Errorf("%d of %d pictures get another class", other, seen)
	}
	if sum/float64(seen) > 1.5 {
		t.Errorf("the tensors differ by %.2f levels in the mean", sum/float64(seen))
	}
}

// some takes n pictures, spread evenly over a folder.
func some(t *testing.T, dir string, n int) (out []string) {
	t.Helper()
	var names []string
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.EqualFold(filepath.Ext(path), ".jpg") {
			names = append(names, path)
		}
		return nil
	})
	if len(names) == 0 {
		t.Skipf("%s holds no pictures (MANGO_DATA names another folder)", dir)
	}
	n = min(n, len(names))
	for i := range n {
		out = append(out, names[i*len(names)/n])
	}
	return out
}

// enlarge makes pictures 12 MP large, each turned by another orientation, and
// gives them with Pillow's tensors of them.
func enlarge(t *testing.T, exe string, pictures []string, in models.Input) (photos [][]byte, tensors []byte) {
	t.Helper()
	const script = "../../../preprocess/testdata/golden.py"
	folder, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(exe, append([]string{script, "--enlarge", "12", folder}, pictures...)...).CombinedOutput(); err != nil {
		t.Fatalf("cannot enlarge: %v: %s", err, out)
	}
	var paths []string
	for i := range pictures {
		paths = append(paths, filepath.Join(folder, fmt.Sprint(i, ".jpg")))
		photo, err := os.ReadFile(paths[i])
		if err != nil {
			t.Fatal(err)
		}
		photos = append(photos, photo)
	}
	tensors, err = exec.Command(exe, append([]string{script, "--tensor", fmt.Sprint(in.Width), fmt.Sprint(in.Height)}, paths...)...).Output()
	if err != nil || len(tensors) != len(paths)*in.Bytes() {
		t.Fatalf("cannot make tensors: %v, %d bytes", err, len(tensors))
	}
	if err := os.RemoveAll(folder); err != nil { // hundreds of them take a gigabyte
		t.Fatal(err)
	}
	return photos, tensors
}

// class is what the model says first of a tensor.
func class(t *testing.T, m models.Model, model *tflite.Model, tensor []byte) (best int) {
	t.Helper()
	outputs := make([][]byte, len(model.Info().Outputs))
	for i, o := range model.Info().Outputs {
		outputs[i] = make([]byte, o.Bytes())
	}
	if err := model.Run(context.Background(), tensor, outputs); err != nil {
		t.Fatal(err)
	}
	head, ok := m.Output(models.RoleClasses)
	if !ok {
		t.Fatalf("%s has no classes", m.ID)
	}
	signed := model.Info().Outputs[head.Index].Type == tflite.Int8
	level := func(v byte) int {
		if signed {
			return int(int8(v))
		}
		return int(v)
	}
	for i, v := range outputs[head.Index] {
		if level(v) > level(outputs[head.Index][best]) {
			best = i
		}
	}
	return best
}
