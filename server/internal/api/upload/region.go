package upload

import (
	"fmt"
	"sync"
	"syscall"
)

// step is how finely memory is counted: a sender holds at most this much more
// than the bytes it has sent.
const step = 64 << 10

// warmBytes is how much memory of files that are gone stays for the next ones:
// two photos of today's phones. To give each page back and have the system clear
// another costs a photo of 2 MB nearly a millisecond.
const warmBytes = 4 << 20

// region is address space for one file, of which only the pages that were
// written are memory. A file so lies in one piece without ever being copied, and
// Go's collector neither clears nor counts it.
//
// Whoever takes a region from a shelf owns it until it is put back. What is
// memory in it already, its warm bytes, comes first and becomes the owner's as
// the owner takes that much from the budget; until then the shelf counts it.
type region struct {
	bytes []byte
	warm  int64 // memory behind what the owner has taken
}

// shelf keeps address space for the next files, and little memory: kept without
// a bound, it would come to newcomers who are counted with one step, and many
// slow ones would hold what nobody counts.
type shelf struct {
	mu    sync.Mutex
	spare map[int]*stack // by size
	warm  int64          // of all regions, on the shelf and taken
}

// stack is the spare regions of one size: those with memory are taken first.
type stack struct{ warm, cold []region }

// spareRegions is how many of one size are kept.
const spareRegions = 64

var regions = shelf{spare: map[int]*stack{}}

// take gives a region for files of at most limit bytes and one step more, by
// which a larger file shows, and in which the boundary behind a file arrives.
func (s *shelf) take(limit int64) (region, error) {
	size := int((limit + 2*step - 1) / step * step)
	if r, ok := s.kept(size); ok {
		return r, nil
	}
	bytes, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_NORESERVE)
	if err != nil {
		return region{}, fmt.Errorf("%w: cannot map %d bytes: %w", ErrNoMemory, size, err)
	}
	return region{bytes: bytes}, nil
}

func (s *shelf) kept(size int) (region, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if of := s.spare[size]; of != nil {
		for _, all := range []*[]region{&of.warm, &of.cold} {
			if n := len(*all); n > 0 {
				r := (*all)[n-1]
				*all = (*all)[:n-1]
				return r, true
			}
		}
	}
	return region{}, false
}

// taken is told that r's owner has taken n bytes more from the budget.
func (s *shelf) taken(r *region, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = min(n, r.warm)
	r.warm -= n
	s.warm -= n
}

// put takes a region back of which the first held bytes, and the warm ones behind
// them, may be memory.
func (s *shelf) put(r region, held int64) {
	s.mu.Lock()
	memory := held + r.warm
	keep := min(memory, warmBytes-(s.warm-r.warm))
	s.warm += keep - r.warm
	s.mu.Unlock()
	r.warm = keep

	var err error
	if keep < memory {
		err = syscall.Madvise(r.bytes[keep:memory], syscall.MADV_DONTNEED)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	size := len(r.bytes)
	of := s.spare[size]
	if of == nil {
		of = &stack{}
		s.spare[size] = of
	}
	if err != nil || len(of.warm)+len(of.cold) >= spareRegions {
		s.warm -= r.warm
		_ = syscall.Munmap(r.bytes) // it was mapped by take: nothing can be wrong with it
		return
	}
	if r.warm > 0 {
		of.warm = append(of.warm, r)
	} else {
		of.cold = append(of.cold, r)
	}
}
