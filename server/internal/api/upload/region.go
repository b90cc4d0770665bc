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
// Go's collector neither clears nor counts it. Whoever takes a region from a
// shelf owns it until it is put back.
type region struct {
	bytes   []byte
	written int // from the start, at most: what the system may have given memory for
}

// shelf keeps regions for the next files. They hold the bytes of the file
// before: nobody may look beyond what was written anew.
type shelf struct {
	mu     sync.Mutex
	spare  map[int][]*region // by size, the latest last
	memory int               // what all spare ones have written
}

const (
	spareMemory  = 8 << 20 // beyond it a region gives its memory back to the system
	spareRegions = 64      // of one size; beyond it the address space too
)

var regions = shelf{spare: map[int][]*region{}}

// take gives a region for files of at most limit bytes and one byte more, by
// which a larger file shows.
func (s *shelf) take(limit int64) (*region, error) {
	size := int((limit + step) / step * step)
	s.mu.Lock()
	if all := s.spare[size]; len(all) > 0 {
		r := all[len(all)-1]
		s.spare[size] = all[:len(all)-1]
		s.memory -= r.written
		s.mu.Unlock()
		return r, nil
	}
	s.mu.Unlock()
	bytes, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("%w: cannot map %d bytes: %w", ErrNoMemory, size, err)
	}
	return &region{bytes: bytes}, nil
}

// put takes a region back.
func (s *shelf) put(r *region) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := len(r.bytes)
	if len(s.spare[size]) >= spareRegions {
		_ = syscall.Munmap(r.bytes) // it was mapped by take: nothing can be wrong with it
		r.bytes = nil
		return
	}
	if s.memory+r.written > spareMemory {
		if err := syscall.Madvise(r.bytes[:r.written], syscall.MADV_DONTNEED); err == nil {
			r.written = 0
		}
	}
	s.memory += r.written
	s.spare[size] = append(s.spare[size], r)
}
