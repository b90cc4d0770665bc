package diagnose

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"math"
	"testing"
	"time"

	"mangosense/models"
	"mangosense/preprocess"
	"mangosense/server/internal/mango"
)

// TestSpeed: what is predicted and learnt of this machine's speed.
func TestSpeed(t *testing.T) {
	fresh := func() *speed { return &speed{factor: 2, infer: 100 * time.Millisecond} }
	if got := fresh().foretell(30 * time.Millisecond); got != 160*time.Millisecond {
		t.Errorf("foretold %v", got)
	}
	if got := fresh().photos(400 * time.Millisecond); got != 2 {
		t.Errorf("%v photos", got)
	}
	for _, c := range []struct {
		name                string
		cost, decode, infer time.Duration
		factor              float64
		share               time.Duration
	}{
		{"as predicted", 100, 200, 100 * time.Millisecond, 2, 100 * time.Millisecond},
		{"slower", 100, 400, 200 * time.Millisecond, 2.1, 105 * time.Millisecond},
		{"faster", 100, 100, 0, 1.95, 95 * time.Millisecond},
		{"slower than anything", 1, 1000, 100 * time.Millisecond, 2.9, 100 * time.Millisecond},
		{"faster than anything", 1000, 1, 100 * time.Millisecond, 1.905, 100 * time.Millisecond},
		{"the least", 1, 1, 100 * time.Millisecond, 1.95, 100 * time.Millisecond},
		{"no cost", 0, 100, 0, 2, 100 * time.Millisecond},
		{"no time", 100, 0, 0, 2, 100 * time.Millisecond},
	} {
		s := fresh()
		s.confirm(c.cost, c.decode, c.infer)
		if math.Abs(s.factor-c.factor) > 1e-9 || s.infer != c.share {
			t.Errorf("%s: factor %v, inference %v; want %v, %v", c.name, s.factor, s.infer, c.factor, c.share)
		}
	}
}

// bench is a Photos that says what its photos cost.
type bench struct {
	cost          time.Duration
	probe, tensor error
	file          []byte
	took          preprocess.Timings
}

func (b *bench) Probe(file []byte) (preprocess.Photo, error) {
	b.file = bytes.Clone(file)
	return preprocess.Photo{Header: preprocess.Header{Cost: b.cost}}, b.probe
}

func (b *bench) DecodeBytes(preprocess.Photo, models.Input) (int64, error) { return 0, nil }

func (b *bench) Tensor(preprocess.Photo, models.Input, []byte) (preprocess.Timings, error) {
	for began := time.Now(); time.Since(began) < time.Microsecond; { // a clock may not move that fast
	}
	return b.took, b.tensor
}

// spinning is an Engine that takes a millisecond.
type spinning struct{}

func (spinning) Run(context.Context, []byte, [][]byte) error {
	for began := time.Now(); time.Since(began) < time.Millisecond; {
	}
	return nil
}

// TestLearnsFromEachPhoto: decoding and resizing together move the speed, and
// the inference counts as work.
func TestLearnsFromEachPhoto(t *testing.T) {
	m := Member{Model: models.Model{Kind: "leaf", Classes: []string{"Healthy"}}, Engine: spinning{}, Outputs: []Quant{{}}}
	m.Model.Outputs = []models.Output{{Role: models.RoleClasses, Size: 1}}
	d, err := New(Config{Members: []Member{m}, Photos: &bench{cost: time.Millisecond, took: preprocess.Timings{Decode: 3 * time.Millisecond, Resize: 5 * time.Millisecond}}, Admission: NewAdmission(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	photo, err := d.Probe(nil, [32]byte{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Diagnose(context.Background(), photo, mango.Request{Kind: mango.Leaf})
	if err != nil {
		t.Fatal(err)
	}
	if got.Work < 0.01 {
		t.Errorf("an inference of a millisecond counts as %v photos", got.Work)
	}
	if want := 1 + 0.05*(8-1); math.Abs(d.speed.factor-want) > 1e-9 {
		t.Errorf("the factor is %v, want %v", d.speed.factor, want)
	}
}

// TestCalibrate: a measurement of the machine stays within its bounds, and
// without one nothing changes.
func TestCalibrate(t *testing.T) {
	odd := errors.New("odd")
	for _, c := range []struct {
		name   string
		kind   string
		photos *bench
		want   float64
	}{
		{"a fast machine", "leaf", &bench{cost: time.Hour}, 0.1},
		{"a slow machine", "leaf", &bench{cost: 1}, 20},
		{"refused", "leaf", &bench{cost: 1, probe: odd}, 1},
		{"not decoded", "leaf", &bench{cost: 1, tensor: odd}, 1},
		{"no model for leaves", "fruit", &bench{cost: 1}, 1},
	} {
		m := Member{Model: models.Model{Kind: c.kind}}
		m.Model.Outputs = []models.Output{{Role: models.RoleClasses}}
		m.Outputs = []Quant{{}}
		d, err := New(Config{Members: []Member{m}, Photos: c.photos, Admission: NewAdmission(1, 0, 0)})
		if err != nil {
			t.Fatal(err)
		}
		d.Calibrate()
		if d.speed.factor != c.want {
			t.Errorf("%s: %v, want %v", c.name, d.speed.factor, c.want)
		}
		if c.kind != string(mango.Leaf) {
			continue
		}
		picture, err := png.Decode(bytes.NewReader(c.photos.file))
		if err != nil || picture.Bounds().Dx() != 192 || picture.Bounds().Dy() != 192 {
			t.Fatalf("%s: measured with %v", c.name, err)
		}
		colours := map[[3]uint32]bool{} // one colour alone decodes faster than any photo
		for i := range 192 * 192 {
			r, g, b, _ := picture.At(i%192, i/192).RGBA()
			colours[[3]uint32{r, g, b}] = true
		}
		if len(colours) < 100 {
			t.Errorf("%s: measured with a picture of %d colours", c.name, len(colours))
		}
	}
}
