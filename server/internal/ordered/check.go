package ordered

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
)

var (
	checking atomic.Bool
	books    struct {
		sync.Mutex
		held   map[uint64][]place // by goroutine
		broken func(fault string)
	}
)

// Check has every lock checked from now on. It is for TestMain: broken
// receives each fault; nil prints it with the stack and ends the program.
func Check(broken func(fault string)) {
	if broken == nil {
		broken = func(fault string) {
			fmt.Fprintf(os.Stderr, "%s\n%s", fault, debug.Stack())
			os.Exit(3)
		}
	}
	books.Lock()
	defer books.Unlock()
	books.held, books.broken = map[uint64][]place{}, broken
	checking.Store(true)
}

// Blocking is called by whatever may wait for a disk; what names it.
func Blocking(what string) {
	if !checking.Load() {
		return
	}
	books.Lock()
	held, broken := books.held[goroutine()], books.broken
	books.Unlock()
	for _, p := range held {
		if p.memory {
			broken(fmt.Sprintf("%s under %s, under which nothing may wait", what, p.name))
		}
	}
}

func enter[P Place]() {
	if !checking.Load() {
		return
	}
	var zero P
	next, id := zero.place(), goroutine()
	books.Lock()
	held, broken := books.held[id], books.broken
	books.held[id] = append(held[:len(held):len(held)], next)
	books.Unlock()
	for _, p := range held {
		if p.rank >= next.rank {
			broken(fmt.Sprintf("lock order: %s is taken under %s", next.name, p.name))
		}
	}
}

func leave[P Place]() {
	if !checking.Load() {
		return
	}
	var zero P
	was, id := zero.place(), goroutine()
	books.Lock()
	defer books.Unlock()
	held := books.held[id]
	for i := len(held) - 1; i >= 0; i-- {
		if held[i].rank == was.rank {
			held = append(held[:i:i], held[i+1:]...)
			break
		}
	}
	if len(held) == 0 {
		delete(books.held, id)
		return
	}
	books.held[id] = held
}

// goroutine is the number of this one, which Go shows in stacks alone.
func goroutine() uint64 {
	var buffer [64]byte
	text := bytes.TrimPrefix(buffer[:runtime.Stack(buffer[:], false)], []byte("goroutine "))
	n, _ := strconv.ParseUint(string(text[:bytes.IndexByte(text, ' ')]), 10, 64)
	return n
}
