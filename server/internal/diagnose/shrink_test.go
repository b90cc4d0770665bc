package diagnose_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"mangosense/preprocess"
	"mangosense/server/internal/diagnose"
	"mangosense/server/internal/mango"
)

// TestShrink makes small pictures of real photos: upright, in their shape, never
// larger than the photo.
func TestShrink(t *testing.T) {
	photos, err := preprocess.New(preprocess.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer photos.Close()
	d, err := diagnose.New(diagnose.Config{Photos: photos, Admission: diagnose.NewAdmission(1, 0, 64<<20)})
	if err != nil {
		t.Fatal(err)
	}
	all, err := filepath.Glob("../../../preprocess/testdata/golden/*.*g")
	if err != nil || len(all) < 20 {
		t.Fatalf("%d photos, %v", len(all), err)
	}
	if _, err := d.Shrink(t.Context(), []byte("no photo"), 320); mango.CodeOf(err) != mango.InvalidPhoto {
		t.Errorf("no photo: %v", err)
	}
	for _, path := range all {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		header, err := photos.Probe(file)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		width, height := header.Upright()
		for _, side := range []int{1, 64, 320, 5000} {
			if side > 4096 && max(width, height) > 4096 {
				continue
			}
			p, err := d.Shrink(t.Context(), file, side)
			if err != nil {
				t.Errorf("%s to %d: %v", filepath.Base(path), side, err)
				continue
			}
			longer := min(side, max(width, height))
			if max(p.Width, p.Height) != longer || len(p.RGB) != 3*p.Width*p.Height || (p.Width > p.Height) != (width > height) && min(p.Width, p.Height) > 1 && width != height {
				t.Errorf("%s of %d × %d to %d: %d × %d", filepath.Base(path), width, height, side, p.Width, p.Height)
			}
		}
	}
}

// TestShrinkFaults: each has its code, and a place that was taken is given back.
func TestShrinkFaults(t *testing.T) {
	for name, c := range map[string]struct {
		photos plain
		code   mango.Code
	}{
		"too heavy": {plain{weight: 2000}, mango.InvalidPhoto},
		"a bug":     {plain{err: errors.New("bug")}, mango.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			d := diagnoser(t, c.photos)
			if _, err := d.Shrink(t.Context(), []byte("photo"), 320); mango.CodeOf(err) != c.code {
				t.Errorf("%v, want %s", err, c.code)
			}
			if running, waiting, bytes := d.Load(); running != 0 || waiting != 0 || bytes != 0 {
				t.Errorf("%d run, %d wait, %d bytes are set aside", running, waiting, bytes)
			}
		})
	}
	d := diagnoser(t, plain{weight: 10})
	for range 3 {
		if p, err := d.Shrink(t.Context(), []byte("photo"), 320); err != nil || p.Width != 30 || p.Height != 40 {
			t.Errorf("%d × %d, %v", p.Width, p.Height, err)
		}
	}
}
