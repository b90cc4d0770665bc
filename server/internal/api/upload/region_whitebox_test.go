package upload

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/iotest"
	"time"
)

// The shelf keeps address space, and of the memory in it no more than its bound.
func TestShelfKeepsLittleMemory(t *testing.T) {
	s := shelf{spare: map[int]*stack{}}
	const size, used = 1<<20 + step, 1 << 20
	take := func() region {
		r, err := s.take(used)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.bytes) != size {
			t.Fatalf("a region has %d bytes, want %d", len(r.bytes), size)
		}
		return r
	}
	var all []region
	for range spareRegions + 5 {
		r := take()
		r.bytes[0], r.bytes[used-1] = 1, 1
		all = append(all, r)
	}
	for _, r := range all {
		s.put(r, used)
	}
	if of := s.spare[size]; len(of.warm)+len(of.cold) != spareRegions || len(of.warm) != warmBytes/used || s.warm != warmBytes {
		t.Errorf("%d warm and %d cold regions are spare, with %d bytes; want %d in all and %d bytes",
			len(of.warm), len(of.cold), s.warm, spareRegions, warmBytes)
	}
	warm := 0
	all = all[:0]
	for range spareRegions {
		r := take()
		if r.bytes[0] != 0 || r.bytes[used-1] != 0 {
			warm++
		}
		s.taken(&r, used/2)
		all = append(all, r)
	}
	if warm != warmBytes/used || s.warm != warmBytes/2 {
		t.Errorf("%d regions had memory, %d bytes of it uncounted; want %d, half of %d", warm, s.warm, warmBytes/used, warmBytes)
	}
	for _, r := range all { // an owner who has taken less than was warm
		s.put(r, used/2)
	}
	if s.warm != warmBytes {
		t.Errorf("%d bytes are kept, want %d", s.warm, warmBytes)
	}
}

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
