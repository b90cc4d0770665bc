package upload

import (
	"fmt"
	"sync"
	"syscall"
)

// step is how finely memory is counted: a sender holds at most this much more
// than the bytes it has sent.
const step = 64 << 10

// region is address space for one file, of which only the pages that were
// written are memory. A file so lies in one piece without ever being copied, and
// Go's collector neither clears nor counts it.
//
// Whoever takes a region from a shelf owns it until it is put back. Its memory
// goes back to the system then: kept, it would come to a newcomer who is counted
// with one step, and many slow ones would hold what nobody counts.
type region struct {
	bytes []byte
}

// shelf keeps address space for the next files.
type shelf struct {
	mu    sync.Mutex
	spare map[int][]region // by size
}

// spareRegions is how many of one size are kept.
const spareRegions = 64

var regions = shelf{spare: map[int][]region{}}

// take gives a region for files of at most limit bytes and one byte more, by
// which a larger file shows.
func (s *shelf) take(limit int64) (region, error) {
	size := int((limit + step) / step * step)
	s.mu.Lock()
	if all := s.spare[size]; len(all) > 0 {
		r := all[len(all)-1]
		s.spare[size] = all[:len(all)-1]
		s.mu.Unlock()
		return r, nil
	}
	s.mu.Unlock()
	bytes, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_NORESERVE)
	if err != nil {
		return region{}, fmt.Errorf("%w: cannot map %d bytes: %w", ErrNoMemory, size, err)
	}
	return region{bytes}, nil
}

// put takes a region back of which the first written bytes may be memory.
func (s *shelf) put(r region, written int64) {
	err := syscall.Madvise(r.bytes[:written], syscall.MADV_DONTNEED)
	s.mu.Lock()
	defer s.mu.Unlock()
	size := len(r.bytes)
	if err != nil || len(s.spare[size]) >= spareRegions {
		_ = syscall.Munmap(r.bytes) // it was mapped by take: nothing can be wrong with it
		return
	}
	s.spare[size] = append(s.spare[size], r)
}
