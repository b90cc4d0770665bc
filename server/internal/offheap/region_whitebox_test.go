package offheap

import "testing"

// A pool keeps address space, and of the memory in it no more than its bound.
func TestPoolKeepsLittleMemory(t *testing.T) {
	var p Pool
	const size, used = 1<<20 + Step, 1 << 20
	take := func() Region {
		r, err := p.Take(used)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.bytes) != size {
			t.Fatalf("a region has %d bytes, want %d", len(r.bytes), size)
		}
		return r
	}
	var all []Region
	for range spareRegions + 5 {
		r := take()
		r.bytes[0], r.bytes[used-1] = 1, 1
		all = append(all, r)
	}
	for _, r := range all {
		p.Put(r, used)
	}
	if of := p.spare[size]; len(of.warm)+len(of.cold) != spareRegions || len(of.warm) != warmBytes/used || p.warm != warmBytes {
		t.Errorf("%d warm and %d cold regions are spare, with %d bytes; want %d in all and %d bytes",
			len(of.warm), len(of.cold), p.warm, spareRegions, warmBytes)
	}
	warm := 0
	all = all[:0]
	for range spareRegions {
		r := take()
		if r.bytes[0] != 0 || r.bytes[used-1] != 0 {
			warm++
		}
		p.Count(&r, used/2)
		all = append(all, r)
	}
	if warm != warmBytes/used || p.warm != warmBytes/2 {
		t.Errorf("%d regions had memory, %d bytes of it uncounted; want %d, half of %d", warm, p.warm, warmBytes/used, warmBytes)
	}
	for _, r := range all { // an owner who has taken less than was warm
		p.Put(r, used/2)
	}
	if p.warm != warmBytes {
		t.Errorf("%d bytes are kept, want %d", p.warm, warmBytes)
	}
}
