package tflite_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mangosense/tflite"
)

func open(t testing.TB, path string, cfg tflite.Config) *tflite.Model {
	t.Helper()
	m, err := tflite.Open(path, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func TestInfoDescribesTheModel(t *testing.T) {
	path := write(t, "heads.tflite", twoHeads())
	m := open(t, path, tflite.Config{})
	info := m.Info()
	if info.Path != path || info.Bytes != int64(len(twoHeads())) {
		t.Errorf("path and size are %s, %d", info.Path, info.Bytes)
	}
	in := info.Input
	if in.Name != "photo" || in.Type != tflite.Int8 || !slices.Equal(in.Shape, []int{1, 16, 16, 3}) || in.ZeroPoint != -1 || in.Bytes() != 768 {
		t.Errorf("input is %+v", in)
	}
	if d := in.Scale - 1/127.5; d > 1e-9 || d < -1e-9 {
		t.Errorf("input's scale is %g", in.Scale)
	}
	if len(info.Outputs) != 2 || info.Outputs[0].Name != "class" || info.Outputs[0].Bytes() != 5 ||
		info.Outputs[1].Name != "gate" || info.Outputs[1].Bytes() != 3 || info.Outputs[1].ZeroPoint != 7 {
		t.Errorf("outputs are %+v", info.Outputs)
	}
	if m.Interpreters() != 1 || m.InUse() != 0 {
		t.Errorf("%d interpreters, %d in use; want 1 and 0", m.Interpreters(), m.InUse())
	}
	info.Outputs[0].Shape[1] = 99
	if m.Info().Outputs[0].Shape[1] != 5 {
		t.Error("Info hands out the model's own slices")
	}
}

func TestVersion(t *testing.T) {
	if v := tflite.Version(); !strings.HasPrefix(v, "2.") {
		t.Errorf("the library calls itself %q", v)
	}
}

// The delegate must run the whole graph, and the proof must be able to fail:
// without the delegate the same reading says so.
func TestXNNPACKTakesTheGraph(t *testing.T) {
	for name, path := range map[string]func(testing.TB) string{
		"two heads": func(t testing.TB) string { return write(t, "heads.tflite", twoHeads()) },
		"leaf":      real,
	} {
		t.Run(name, func(t *testing.T) {
			path := path(t)
			info := open(t, path, tflite.Config{Interpreters: 1}).Info()
			if info.Delegate != "XNNPACK" || info.TotalNodes < 5 || info.DelegatedNodes*10 < info.TotalNodes*9 {
				t.Errorf("delegate %q runs %d of %d operators", info.Delegate, info.DelegatedNodes, info.TotalNodes)
			}
			info = open(t, path, tflite.Config{Interpreters: 1, DefaultPath: true}).Info()
			if info.Delegate != "" || info.DelegatedNodes != 0 {
				t.Errorf("on the default path, delegate %q runs %d of %d operators", info.Delegate, info.DelegatedNodes, info.TotalNodes)
			}
		})
	}
}

func TestBadFilesAreNamedWithTheirFault(t *testing.T) {
	good := twoHeads()
	withText := func(text string) []byte { return []byte(text) }
	for _, c := range []struct {
		name    string
		content []byte
		want    error
		says    string
	}{
		{"empty", nil, tflite.ErrEmpty, "empty"},
		{"one-byte", good[:1], tflite.ErrNotModel, "TFL3"},
		{"head-only", good[:8], tflite.ErrDamaged, "8 bytes"},
		{"half", good[:len(good)/2], tflite.ErrDamaged, "cut short"},
		{"last-byte-missing", good[:len(good)-1], tflite.ErrDamaged, "cut short"},
		{"lfs-pointer", withText("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 2710000\n"), tflite.ErrLFSPointer, "git lfs pull"},
		{"jpeg", withText("\xff\xd8\xff\xe0\x00\x10JFIF" + strings.Repeat("x", 500)), tflite.ErrNotModel, "TFL3"},
		{"html", withText("<!DOCTYPE html><title>404</title>"), tflite.ErrNotModel, "TFL3"},
		{"marked-rubbish", append([]byte("\x40\x00\x00\x00TFL3"), noise(4000, 9)...), tflite.ErrDamaged, "damaged"},
		{"other-operator", otherOperator(), tflite.ErrDamaged, "operator 36"},
		{"two-graphs", twoGraphs(), tflite.ErrDamaged, "2 graphs"},
		{"zeros", append([]byte("\x00\x00\x00\x00TFL3"), make([]byte, 4000)...), tflite.ErrDamaged, "damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, c.name+".tflite", c.content)
			m, err := tflite.Open(path, tflite.Config{})
			if m != nil || !errors.Is(err, c.want) {
				t.Fatalf("error is %v, want %v", err, c.want)
			}
			if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q does not name %s and say %q", err, path, c.says)
			}
		})
	}
}

func TestWhatIsNoFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	missing, pipe := filepath.Join(dir, "missing.tflite"), filepath.Join(dir, "pipe.tflite")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		dir:         tflite.ErrNotModel,
		missing:     os.ErrNotExist,
		pipe:        tflite.ErrNotModel,
		"/dev/zero": tflite.ErrNotModel,
	} {
		if _, err := tflite.Open(path, tflite.Config{}); !errors.Is(err, want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	locked := write(t, "locked.tflite", twoHeads())
	if err := os.Chmod(locked, 0); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		t.Skip("root may read any file")
	}
	if _, err := tflite.Open(locked, tflite.Config{}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("unreadable: %v", err)
	}
}

// 32,768 tensors with one row of 32,768 scales are a billion things to look at,
// in a file of half a megabyte.
func TestTangledFileIsRefusedSoon(t *testing.T) {
	_, err := tflite.Open(write(t, "tangled.tflite", tangled()), tflite.Config{})
	if !errors.Is(err, tflite.ErrDamaged) || !strings.Contains(err.Error(), "without end") {
		t.Errorf("error is %v", err) // looking at all of it would take minutes
	}
}

func TestOtherWeightsAreRefused(t *testing.T) {
	path := write(t, "heads.tflite", twoHeads())
	sum := sha256.Sum256(twoHeads())
	want := hex.EncodeToString(sum[:])
	open(t, path, tflite.Config{SHA256: want})
	for i, flipped := range [][]byte{twoHeads(), twoHeads()} {
		// A bit of the last weights, and one byte that belongs to nothing.
		if flipped[len(flipped)-1-i] ^= 1; i == 1 {
			flipped = append(twoHeads(), 0)
		}
		check(os.WriteFile(path, flipped, 0o600))
		if m, err := tflite.Open(path, tflite.Config{SHA256: want}); !errors.Is(err, tflite.ErrDigest) && !errors.Is(err, tflite.ErrDamaged) {
			t.Errorf("change %d: model %v, error %v", i, m, err)
		}
	}
}

func TestTooLargeFileIsRefused(t *testing.T) {
	path := write(t, "heads.tflite", twoHeads())
	if _, err := tflite.Open(path, tflite.Config{MaxBytes: 100}); !errors.Is(err, tflite.ErrTooLarge) {
		t.Errorf("error is %v", err)
	}
}

func TestSillyConfigIsRefused(t *testing.T) {
	path := write(t, "heads.tflite", twoHeads())
	for _, cfg := range []tflite.Config{{Interpreters: -1}, {Interpreters: 1000}, {Threads: -1}, {Threads: 1000}, {MaxBytes: -1}} {
		if m, err := tflite.Open(path, cfg); err == nil {
			_ = m.Close()
			t.Errorf("%+v is accepted", cfg)
		}
	}
}

func TestTwoInputsAreRefused(t *testing.T) {
	path := write(t, "model.tflite", twoInputs())
	_, err := tflite.Open(path, tflite.Config{Interpreters: 1})
	if !errors.Is(err, tflite.ErrShape) || !strings.Contains(err.Error(), "2 inputs") || !strings.Contains(err.Error(), path) {
		t.Errorf("error is %v", err)
	}
}
