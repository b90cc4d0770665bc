package repair_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"mangosense/server/internal/store/codec"
	"mangosense/server/internal/store/repair"
)

// TestLossIsExact: what is named as lost is what was, and no key more.
func TestLossIsExact(t *testing.T) {
	good := sound(t)
	// ids gives the first and the last id in a leaf.
	ids := func(f *file, leaf uint64) (first, last int) {
		pairs, err := (&repair.Page{N: int(le.Uint16(f.page(leaf)[10:])), Bytes: f.page(leaf)}).Pairs()
		if err != nil {
			t.Fatal(err)
		}
		return int(codec.ID(pairs[0].Key)), int(codec.ID(pairs[len(pairs)-1].Key))
	}
	// leafOf is the leaf with an id.
	leafOf := func(f *file, id int) uint64 {
		for _, leaf := range f.leaves {
			if first, last := ids(f, leaf); first <= id && id <= last {
				return leaf
			}
		}
		t.Fatalf("no leaf has %d", id)
		return 0
	}
	for _, c := range []struct {
		name   string
		id     int // in the leaf that is damaged
		value  bool
		values int
	}{
		{"the first leaf", 1, false, 0},
		{"one in the middle", records / 2, false, 0},
		{"the last leaf", records, false, 0},
		{"a value", records / 3, true, 1},
		{"the first value", 1, true, 1},
		{"the last value", records, true, 1},
	} {
		f := open(t, good)
		leaf := leafOf(f, c.id)
		first, last := ids(f, leaf)
		if c.value {
			b := f.page(leaf)
			e := header + 16*(c.id-first)
			b[e+int(le.Uint32(b[e+4:])+le.Uint32(b[e+8:]))+50] ^= 1
			first, last = c.id, c.id
		} else {
			clear(f.page(leaf))
		}
		got := read(t, f.write())
		pages := 1 - c.values
		if got.Pages != pages || got.Values != c.values || len(got.Faults) != pages || len(got.Spans) != 1 || len(got.Spans["settings"]) != 1 {
			t.Errorf("%s: %+v", c.name, got.Loss)
			continue
		}
		span := got.Spans["settings"][0]
		for id := 0; id <= records+1; id++ {
			want := first <= id && id <= last
			if !c.value { // the tree says nothing of keys before its first and behind its last
				want = want || id < first && first == 1 || id > last && last == records
			}
			if span.Holds(key(id)) != want {
				t.Errorf("%s: of id %d the span %x says %v", c.name, id, span, !want)
				break
			}
		}
		if c.value && (!bytes.Equal(span.From, key(c.id)) || span.Holds(binary.BigEndian.AppendUint16(key(c.id), 0))) {
			t.Errorf("%s: a longer key is lost too: %x", c.name, span)
		}
	}
}

// TestMostFaultsAreNamed: of many damaged pages twenty are named and all counted.
func TestMostFaultsAreNamed(t *testing.T) {
	f := open(t, sound(t))
	for _, leaf := range f.leaves[:30] {
		clear(f.page(leaf))
	}
	if got := read(t, f.write()); got.Pages != 30 || len(got.Faults) != 20 || len(got.Spans["settings"]) != 30 {
		t.Errorf("%d pages, %d named, %d spans", got.Pages, len(got.Faults), len(got.Spans["settings"]))
	}
}
