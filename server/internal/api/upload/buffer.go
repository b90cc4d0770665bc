package upload

import (
	"context"
	"io"
	"sync"
)

// Buffers come in sizes that double, so that a pool per size stays dense and a
// slow sender holds at most twice what it has sent.
const (
	smallest = 64 << 10
	classes  = 13 // 64 KiB … 256 MiB
)

var pools [classes]sync.Pool // of *[]byte, by size class

func class(n int64) int {
	c := 0
	for size := int64(smallest); size < n && c < classes-1; size <<= 1 {
		c++
	}
	return c
}

// growing is one file on its way in. It is owned by the Form it belongs to.
type growing struct {
	budget *Budget
	from   *arrival
	data   *[]byte // len is what has arrived
	class  int
	held   int64 // bytes taken from the budget
}

// readFrom fills g until r ends or limit is passed.
func (g *growing) readFrom(ctx context.Context, r io.Reader, limit int64, seen func([]byte)) error {
	if err := g.grow(ctx, smallest); err != nil {
		return err
	}
	for {
		buf := *g.data
		if len(buf) == cap(buf) {
			if err := g.grow(ctx, int64(cap(buf))*2); err != nil {
				return err
			}
			buf = *g.data
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		seen(buf[len(buf) : len(buf)+n])
		*g.data = buf[:len(buf)+n]
		if int64(len(*g.data)) > limit {
			return ErrFileTooLarge
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// grow moves g to a buffer of at least n bytes.
func (g *growing) grow(ctx context.Context, n int64) error {
	c := class(n)
	size := int64(smallest) << c
	if err := g.budget.take(ctx, g.from, size); err != nil {
		return err
	}
	next, ok := pools[c].Get().(*[]byte)
	if !ok {
		b := make([]byte, 0, size)
		next = &b
	}
	*next = (*next)[:0]
	if g.data != nil {
		*next = append(*next, *g.data...)
	}
	g.release() // the smaller one
	g.data, g.class, g.held = next, c, size
	return nil
}

// release gives buffer and budget back; it may be called again.
func (g *growing) release() {
	if g.data == nil {
		return
	}
	pools[g.class].Put(g.data)
	g.budget.give(g.held)
	g.data, g.held = nil, 0
}
