package upload

import (
	"context"
	"io"

	"mangosense/server/internal/budget"
)

// growing is one file on its way in. It is owned by the Form it belongs to.
type growing struct {
	lease  *budget.Lease
	region region
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
		n, err := r.Read(g.region.bytes[g.length:g.held])
		seen(g.region.bytes[g.length : g.length+n])
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
	if g.region.bytes == nil {
		r, err := regions.take(limit)
		if err != nil {
			g.release()
			return err
		}
		g.region = r
	}
	regions.taken(&g.region, step)
	return nil
}

// bytes is what has arrived; nothing behind it can be reached through it.
func (g *growing) bytes() []byte {
	if g.region.bytes == nil {
		return nil
	}
	return g.region.bytes[:g.length:g.length]
}

// release gives memory and budget back; it may be called again.
func (g *growing) release() {
	if g.region.bytes != nil {
		regions.put(g.region, g.held)
	}
	if g.held > 0 {
		g.lease.Shrink(g.held)
	}
	g.region, g.length, g.held = region{}, 0, 0
}
