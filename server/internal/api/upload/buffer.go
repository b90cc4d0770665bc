package upload

import (
	"context"
	"fmt"
	"io"

	"mangosense/server/internal/budget"
	"mangosense/server/internal/offheap"
)

// step is how finely a file's bytes are charged.
const step = offheap.Step

// regions are where files lie while their forms live.
var regions offheap.Pool

// growing is one file on its way in. It is owned by the Form it belongs to.
type growing struct {
	lease  *budget.Lease
	region offheap.Region
	length int   // what has arrived
	held   int64 // bytes taken from the lease
}

// readFrom fills g until r ends or limit is passed.
func (g *growing) readFrom(ctx context.Context, r io.Reader, limit int64, seen func([]byte)) error {
	if err := g.grow(ctx, limit); err != nil {
		return err
	}
	for {
		if int64(g.length) == g.held {
			if err := g.grow(ctx, limit); err != nil {
				return err
			}
		}
		n, err := r.Read(g.region.Bytes()[g.length:g.held])
		seen(g.region.Bytes()[g.length : g.length+n])
		g.length += n
		if int64(g.length) > limit {
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

// grow lets g hold one step more. There is room for it: a region is larger than
// the limit, and readFrom ends beyond that.
func (g *growing) grow(ctx context.Context, limit int64) error {
	if err := g.lease.Grow(ctx, step); err != nil {
		return err
	}
	g.held += step
	if g.region.Bytes() == nil {
		r, err := regions.Take(limit)
		if err != nil {
			g.release()
			return fmt.Errorf("%w: %w", ErrNoMemory, err)
		}
		g.region = r
	}
	regions.Count(&g.region, step)
	return nil
}

// bytes is what has arrived; nothing behind it can be reached through it.
func (g *growing) bytes() []byte {
	if g.region.Bytes() == nil {
		return nil
	}
	return g.region.Bytes()[:g.length:g.length]
}

// release gives memory and budget back; it may be called again.
func (g *growing) release() {
	if g.region.Bytes() != nil {
		regions.Put(g.region, g.held)
	}
	if g.held > 0 {
		g.lease.Shrink(g.held)
	}
	g.region, g.length, g.held = offheap.Region{}, 0, 0
}
