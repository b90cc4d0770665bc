package upload

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/iotest"
	"time"
)

func TestShelfKeepsNoMemory(t *testing.T) {
	s := shelf{spare: map[int][]region{}}
	const size = 1<<20 + step
	var all []region
	for range spareRegions + 5 {
		r, err := s.take(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.bytes) != size {
			t.Fatalf("a region has %d bytes, want %d", len(r.bytes), size)
		}
		r.bytes[0], r.bytes[1<<20-1] = 1, 1
		all = append(all, r)
	}
	for _, r := range all {
		s.put(r, 1<<20)
	}
	if n := len(s.spare[size]); n != spareRegions {
		t.Errorf("%d regions are spare, want %d", n, spareRegions)
	}
	for range spareRegions {
		r, err := s.take(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		if r.bytes[0] != 0 || r.bytes[1<<20-1] != 0 {
			t.Fatal("a spare region still has memory, with what was in it")
		}
	}
}

// A file can be seen no further than it goes.
func TestNoFileShowsMoreThanItself(t *testing.T) {
	b := NewBudget(1<<20, 200<<10, time.Second)
	read := func(body []byte) *Whole {
		w, err := ReadWhole(context.Background(), bytes.NewReader(body), 200<<10, b)
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
	b := NewBudget(1<<20, 200<<10, time.Second)
	var most int64
	body := iotest.DataErrReader(bytes.NewReader(make([]byte, 150<<10)))
	g := growing{budget: b, from: &arrival{}}
	err := g.readFrom(context.Background(), iotest.OneByteReader(body), 200<<10, func([]byte) {
		most = max(most, b.InUse()-int64(g.length))
	})
	if err != nil || most > step {
		t.Errorf("error %v; up to %d bytes more were held than had arrived", err, most)
	}
	g.release()
	g = growing{budget: b, from: &arrival{}}
	if err := g.readFrom(context.Background(), iotest.TimeoutReader(body), 200<<10, func([]byte) {}); err != nil && !errors.Is(err, iotest.ErrTimeout) {
		t.Error(err)
	}
	g.release()
	g.release()
	if b.InUse() != 0 {
		t.Errorf("%d bytes stay held", b.InUse())
	}
}
