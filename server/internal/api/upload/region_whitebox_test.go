package upload

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/iotest"
	"time"
)

// A file can be seen no further than it goes.
func TestNoFileShowsMoreThanItself(t *testing.T) {
	b := memory(1<<20, 200<<10, time.Second)
	read := func(body []byte) *Whole {
		w, err := ReadWhole(context.Background(), bytes.NewReader(body), 200<<10, lease(b))
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	w := read(bytes.Repeat([]byte("secret"), 30_000))
	w.Release()
	w = read([]byte("short"))
	defer w.Release()
	if got := w.Bytes(); cap(got) != 5 || string(got) != "short" {
		t.Errorf("%q with room for %d bytes", got, cap(got))
	}
}

// A file takes from the budget what has arrived of it, in steps, also when its
// sender fails.
func TestHeldBytesFollowTheSender(t *testing.T) {
	b := memory(1<<20, 200<<10, time.Second)
	var most int64
	body := iotest.DataErrReader(bytes.NewReader(make([]byte, 150<<10)))
	g := growing{lease: lease(b)}
	err := g.readFrom(context.Background(), iotest.OneByteReader(body), 200<<10, func([]byte) {
		most = max(most, b.InUse()-int64(g.length))
	})
	if err != nil || most > step {
		t.Errorf("error %v; up to %d bytes more were held than had arrived", err, most)
	}
	g.release()
	g = growing{lease: lease(b)}
	if err := g.readFrom(context.Background(), iotest.TimeoutReader(body), 200<<10, func([]byte) {}); err != nil && !errors.Is(err, iotest.ErrTimeout) {
		t.Error(err)
	}
	g.release()
	g.release()
	if b.InUse() != 0 {
		t.Errorf("%d bytes stay held", b.InUse())
	}
}
