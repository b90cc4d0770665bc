package turbojpeg_test

import (
	"errors"
	"testing"

	"mangosense/preprocess/turbojpeg"
)

// Sizes at which the window is smaller, larger or as high as the picture: an even
// surface stays even at every orientation, each row is asked for once and in
// order, and the buffer is no larger than estimated.
func TestRowsEdges(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {1, 7}, {3, 2}, {17, 33}, {5, 3000}, {3000, 5}, {1, 8000}, {640, 480}} {
		for orientation := 1; orientation <= 8; orientation++ {
			for _, out := range [][2]int{{1, 1}, {3, 5}, {64, 48}} {
				d := newDecoder(t)
				j := turbojpeg.Job{
					Width: size[0], Height: size[1], Denominator: 1, Orientation: orientation,
					OutWidth: out[0], OutHeight: out[1],
				}
				dst, next := make([]byte, out[0]*out[1]*3), 0
				_, err := d.Rows(j, dst, func(y int, line []byte) error {
					if y != next || len(line) != 4*j.Width {
						t.Fatalf("%+v: row %d of %d bytes after %d rows", j, y, len(line), next)
					}
					next++
					for i := range line {
						line[i] = 200
					}
					return nil
				})
				if err != nil || next != j.Height {
					t.Fatalf("%+v: %d rows, %v", j, next, err)
				}
				for i, v := range dst {
					if v != 200 {
						t.Fatalf("%+v: byte %d is %d", j, i, v)
					}
				}
				if have := d.BufferBytes(); have > j.RowsBytes() {
					t.Errorf("%+v: a buffer of %d bytes, %d estimated", j, have, j.RowsBytes())
				}
				d.Close()
			}
		}
	}
}

func TestRowsRefuse(t *testing.T) {
	d, dst := newDecoder(t), make([]byte, 8*8*3)
	fine := func(int, []byte) error { return nil }
	broken := errors.New("a broken row")
	scaled, flat := job(80, 60, 8), job(65500, 1, 1)
	scaled.Denominator = 2
	closed, err := turbojpeg.New()
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for name, c := range map[string]struct {
		d    *turbojpeg.Decoder
		job  turbojpeg.Job
		dst  []byte
		row  func(int, []byte) error
		want error
	}{
		"a scale":        {d, scaled, dst, fine, turbojpeg.ErrJob},
		"short output":   {d, job(80, 60, 8), dst[1:], fine, turbojpeg.ErrJob},
		"no width":       {d, job(0, 60, 8), dst, fine, turbojpeg.ErrJob},
		"shrunk to dust": {d, flat, dst[:3], fine, turbojpeg.ErrJob},
		"closed":         {closed, job(80, 60, 8), dst, fine, turbojpeg.ErrClosed},
		"a row's error": {d, job(80, 60, 8), dst, func(y int, _ []byte) error {
			if y == 30 {
				return broken
			}
			return nil
		}, broken},
		"and then a good one": {d, job(80, 60, 8), dst, fine, nil},
	} {
		if _, err := c.d.Rows(c.job, c.dst, c.row); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
