package preprocess_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mangosense/preprocess"
)

// The tensors are those of the Python side: testdata/golden.py makes them.
func TestGolden(t *testing.T) {
	const dir = "testdata/golden"
	data, err := os.ReadFile(filepath.Join(dir, "golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	var about struct {
		Width, Height int
		Photos        []string
	}
	if err := json.Unmarshal(data, &about); err != nil {
		t.Fatal(err)
	}
	tensors := gunzip(t, filepath.Join(dir, "tensors.gz"))
	in := input(about.Width, about.Height)
	p := newPreprocessor(t, preprocess.Config{})
	for _, name := range about.Photos {
		want := tensors[:in.Bytes()]
		tensors = tensors[in.Bytes():]
		t.Run(name, func(t *testing.T) {
			photo, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			got, h, err := tensor(p, photo, in)
			if err != nil {
				t.Fatal(err)
			}
			limit := 1.0
			if strings.Contains(name, "half") || strings.Contains(name, "quarter") || strings.Contains(name, "eighth") {
				limit = 1.5 // decoded at a scale, where Pillow decoded all
			}
			mean, most := difference(t, got, want)
			t.Logf("%s of %d×%d: mean %.3f, most %d", h.Format, h.Width, h.Height, mean, most)
			if mean > limit {
				t.Errorf("off by %.3f levels in the mean, %d at most", mean, most)
			}
			var clean bytes.Buffer
			if err := h.WriteClean(&clean); err != nil {
				t.Fatal(err)
			}
			if again, _, err := tensor(p, clean.Bytes(), in); err != nil || !bytes.Equal(again, got) {
				t.Errorf("the clean photo gives another tensor: %v", err)
			}
		})
	}
	if len(tensors) != 0 {
		t.Errorf("%d bytes of tensors belong to no photo", len(tensors))
	}
}

func gunzip(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
