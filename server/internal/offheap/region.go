// Package offheap lends memory that is not Go's: address space for one file each, of
// which only the pages that were written are memory. A file so lies in one piece
// without ever being copied, and Go's collector neither clears nor counts it.
//
// It is the server's only caller of mmap. It knows nothing of budgets: the owner of a
// region accounts for its bytes and says so (Count).
//
// Caveats: a Region's bytes are invalid once it is put back; a Region that is never put
// back is never freed. The pages that a Pool keeps warm hold what the last owner wrote:
// an owner must show no more than it wrote itself.
package offheap

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
)

// ErrNoMemory: the system gives no address space.
var ErrNoMemory = errors.New("no address space")

// Step is how finely memory is counted: a sender holds at most this much more
// than the bytes it has sent.
const Step = 64 << 10

// warmBytes is how much memory of files that are gone stays for the next ones:
// two photos of today's phones. Giving each page back and having the system clear
// another costs a photo of 2 MB nearly a millisecond.
const warmBytes = 4 << 20

// Region is address space for one file. Its taker owns it until it is put back.
type Region struct {
	bytes []byte
	// warm bytes, which are memory already, come after what the owner has counted.
	// Until the owner counts them the pool does.
	warm int64
}

// Bytes is the whole region; nil for the zero Region.
func (r Region) Bytes() []byte { return r.bytes }

// Pool keeps address space for the next files, and little memory: without a bound,
// it would come to newcomers who have counted one step, and many slow ones would hold
// what nobody counts. The zero Pool is ready.
type Pool struct {
	mu    sync.Mutex
	spare map[int]*stack // by size
	warm  int64          // of all regions, spare and taken
}

// stack is the spare regions of one size: those with memory are taken first.
type stack struct{ warm, cold []Region }

// spareRegions is how many of one size are kept.
const spareRegions = 64

// Take lends a region for files of at most limit bytes and one step more, by which a
// larger file shows, and in which the boundary after a file arrives.
func (p *Pool) Take(limit int64) (Region, error) {
	size := int((limit + 2*Step - 1) / Step * Step)
	if r, ok := p.kept(size); ok {
		return r, nil
	}
	bytes, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_NORESERVE)
	if err != nil {
		return Region{}, fmt.Errorf("%w: cannot map %d bytes: %w", ErrNoMemory, size, err)
	}
	return Region{bytes: bytes}, nil
}

func (p *Pool) kept(size int) (Region, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if of := p.spare[size]; of != nil {
		for _, all := range []*[]Region{&of.warm, &of.cold} {
			if n := len(*all); n > 0 {
				r := (*all)[n-1]
				*all = (*all)[:n-1]
				return r, true
			}
		}
	}
	return Region{}, false
}

// Count says that r's owner now accounts for n bytes more.
func (p *Pool) Count(r *Region, n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n = min(n, r.warm)
	r.warm -= n
	p.warm -= n
}

// Put takes a region back of which the first held bytes, and the warm ones after
// them, may be memory.
func (p *Pool) Put(r Region, held int64) {
	p.mu.Lock()
	memory := held + r.warm
	keep := min(memory, warmBytes-(p.warm-r.warm))
	p.warm += keep - r.warm
	p.mu.Unlock()
	r.warm = keep

	var err error
	if keep < memory {
		err = syscall.Madvise(r.bytes[keep:memory], syscall.MADV_DONTNEED)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	size := len(r.bytes)
	if p.spare == nil {
		p.spare = map[int]*stack{}
	}
	of := p.spare[size]
	if of == nil {
		of = &stack{}
		p.spare[size] = of
	}
	if err != nil || len(of.warm)+len(of.cold) >= spareRegions {
		p.warm -= r.warm
		_ = syscall.Munmap(r.bytes) // it was mapped by take: nothing can be wrong with it
		return
	}
	if r.warm > 0 {
		of.warm = append(of.warm, r)
	} else {
		of.cold = append(of.cold, r)
	}
}
