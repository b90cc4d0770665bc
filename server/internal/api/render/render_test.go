package render_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

// TestFileName: unique by the id, and its ending says what the file is.
func TestFileName(t *testing.T) {
	for _, c := range []struct{ original, format, want string }{
		{"image.jpg", "jpeg", "image_7.jpg"},
		{"image.jpg", "png", "image_7.png"},
		{"leaf.one.JPG", "webp", "leaf.one_7.webp"},
		{"", "jpeg", "image_7.jpg"},
		{".jpg", "jpeg", "image_7.jpg"},
		{"scan.tiff", "", "scan_7.tiff"},
	} {
		r := &mango.Record{ID: 7, OriginalName: c.original, Photo: mango.Photo{Format: c.format}}
		if got := render.FileName(r); got != c.want {
			t.Errorf("%q of %q is %q, want %q", c.original, c.format, got, c.want)
		}
	}
}

// TestNothingIsNull: a number that is not known is null, a list or an object
// never is.
func TestNothingIsNull(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 8000, time.FixedZone("", 3600))
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"no id", render.IDOrNil(0) == nil, true},
		{"an id", *render.IDOrNil(7), uint64(7)},
		{"no text", render.TextOrNil("") == nil, true},
		{"a text", *render.TextOrNil("x"), "x"},
		{"no list", string(render.OrList(nil)), "[]"},
		{"a list", string(render.OrList([]byte("[1]"))), "[1]"},
		{"no object", string(render.OrObject(nil)), "{}"},
		{"no class", render.OrUnknown(""), mango.Unknown},
		{"no accuracy", render.PlaceAccuracy(&mango.Location{}) == nil, true},
		{"a look-up's time", render.Seconds(&mango.Record{Processing: 99 * time.Microsecond}) == nil, true},
		{"a diagnosis's time", *render.Seconds(&mango.Record{Processing: 1234567 * time.Nanosecond}), 0.001235},
		{"no time", render.SerialOrNil(time.Time{}) == nil, true},
		{"a stored time", render.Serial(at), "2026-03-04T04:06:07.000008Z"},
		{"a hand-made time", render.HandStamp(at), "2026-03-04T04:06:07.000008+00:00"},
		{"a share of nothing", render.Share(1, 0), 0.0},
		{"a share", render.Share(1, 3), 33.33},
		{"an average of nobody", render.Average(1, 0), 0.0},
		{"an average", render.Average(10, 3), 3.33},
		{"no fraction", render.Fraction(nil) == nil, true},
		{"a fraction", *render.Fraction(new(0.1 + 0.2)), 0.3},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, want %v", c.name, c.got, c.want)
		}
	}
}

type users map[uint64]error

func (u users) User(_ context.Context, _ mango.Actor, id uint64) (*mango.User, error) {
	err, known := u[id]
	delete(u, id) // asked twice it would be unknown
	switch {
	case !known:
		return nil, mango.Errorf(mango.NotFound, "gone")
	case err != nil:
		return nil, err
	}
	return &mango.User{ID: id}, nil
}

// TestPeople: each account is asked for once; one that is gone is no fault, the
// first other fault stays.
func TestPeople(t *testing.T) {
	down := errors.New("down")
	p := render.NewPeople(context.Background(), users{1: nil, 3: down, 4: errors.New("later")}, mango.System)
	if p.Of(0) != nil || p.Of(2) != nil || p.Err() != nil {
		t.Error("nobody, or who is gone, is a fault")
	}
	for range 2 {
		if p.Of(1) == nil {
			t.Error("an account is asked for twice")
		}
	}
	if p.Of(3) != nil || p.Of(4) != nil || !errors.Is(p.Err(), down) {
		t.Errorf("the first fault is %v", p.Err())
	}
}
