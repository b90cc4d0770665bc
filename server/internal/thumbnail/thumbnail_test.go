package thumbnail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mangosense/server/internal/mango"
	"mangosense/server/internal/thumbnail"
)

type file struct{ *bytes.Reader }

func (file) Close() error        { return nil }
func (f file) Size() int64       { return f.Reader.Size() }
func (file) ModTime() time.Time  { return time.Time{} }
func (file) ContentType() string { return "image/jpeg" }

var _ io.ReaderAt = file{}

// workshop counts what is opened and made.
type workshop struct {
	made, atOnce, most atomic.Int32
	gone               atomic.Bool
}

func (w *workshop) cache(bytesHeld int64) *thumbnail.Cache {
	return thumbnail.New(thumbnail.Config{Bytes: bytesHeld,
		Open: func(name string) (mango.PhotoFile, error) {
			if name == "none" || w.gone.Load() {
				return nil, mango.Errorf(mango.NotFound, "none")
			}
			return file{bytes.NewReader([]byte(name))}, nil
		},
		Shrink: func(_ context.Context, photo []byte, side int) (mango.Picture, error) {
			if string(photo) == "broken" {
				return mango.Picture{}, mango.Errorf(mango.InvalidPhoto, "broken")
			}
			w.most.Store(max(w.most.Load(), w.atOnce.Add(1)))
			defer w.atOnce.Add(-1)
			w.made.Add(1)
			return mango.Picture{Width: side, Height: side / 2, RGB: make([]byte, side*side/2*3)}, nil
		}})
}

func yes(int64) error { return nil }

// TestMadeOnce: many ask for few pictures at the same time, each is made once,
// one after the other.
func TestMadeOnce(t *testing.T) {
	var w workshop
	c := w.cache(1 << 20)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			small, err := c.Get(t.Context(), fmt.Sprint("photo", i%4), yes)
			if err != nil {
				t.Error(err)
				return
			}
			if cfg, err := jpeg.DecodeConfig(bytes.NewReader(small)); err != nil || cfg.Width != 320 || cfg.Height != 160 {
				t.Errorf("%+v, %v", cfg, err)
			}
		})
	}
	all.Wait()
	if w.made.Load() != 4 || w.most.Load() != 1 {
		t.Errorf("%d made, %d at once", w.made.Load(), w.most.Load())
	}
}

// TestBound: what was not asked for longest goes first.
func TestBound(t *testing.T) {
	var w workshop
	one, err := w.cache(1<<20).Get(t.Context(), "size", yes)
	if err != nil {
		t.Fatal(err)
	}
	c := w.cache(int64(2*len(one) + len(one)/2))
	w.made.Store(0)
	for _, step := range []struct {
		name string
		made int32
	}{{"a", 1}, {"b", 2}, {"a", 2}, {"c", 3}, {"a", 3}, {"b", 4}} { // c takes the place of b
		if _, err := c.Get(t.Context(), step.name, yes); err != nil || w.made.Load() != step.made {
			t.Errorf("%s: %d made, want %d, %v", step.name, w.made.Load(), step.made, err)
		}
		if c.Held() > int64(2*len(one)+len(one)/2) {
			t.Errorf("%s: %d bytes are held", step.name, c.Held())
		}
	}
}

// TestGone: the small picture of a photo that was deleted is not shown, and takes
// no memory.
func TestGone(t *testing.T) {
	var w workshop
	c := w.cache(1 << 20)
	if _, err := c.Get(t.Context(), "a", yes); err != nil || c.Held() == 0 {
		t.Fatalf("%d bytes, %v", c.Held(), err)
	}
	w.gone.Store(true)
	if _, err := c.Get(t.Context(), "a", yes); mango.CodeOf(err) != mango.NotFound || c.Held() != 0 {
		t.Errorf("%v, %d bytes are held", err, c.Held())
	}
}

// TestFaults: each comes back with its code, nothing is kept, and the next one
// is made.
func TestFaults(t *testing.T) {
	var w workshop
	c := w.cache(1 << 20)
	ended, end := context.WithCancel(t.Context())
	end()
	full := mango.Errorf(mango.Busy, "full")
	for name, call := range map[string]struct {
		do   func() error
		code mango.Code
	}{
		"not there": {func() error { _, err := c.Get(t.Context(), "none", yes); return err }, mango.NotFound},
		"broken":    {func() error { _, err := c.Get(t.Context(), "broken", yes); return err }, mango.InvalidPhoto},
		"no memory": {func() error {
			_, err := c.Get(t.Context(), "x", func(n int64) error {
				if n != 1 {
					return errors.New("asked for another size")
				}
				return full
			})
			return err
		}, mango.Busy},
	} {
		if err := call.do(); mango.CodeOf(err) != call.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.Get(ended, "y", yes); err != nil && mango.CodeOf(err) != mango.Timeout {
		t.Errorf("given up: %v", err)
	}
	if _, err := c.Get(t.Context(), "z", yes); err != nil {
		t.Errorf("after the faults: %v", err)
	}
}
