package repair

import (
	"bytes"
	"context"
	"fmt"

	"mangosense/server/internal/store/codec"
)

// Progress is called with how far an act is: done of total pages.
type Progress func(done, total int64)

// The page check is our own: bbolt's walks through the memory map on a goroutine
// of its own and trusts page numbers, so that a damaged file can end the whole
// program (a fault behind the file's end, a circle of pages). This one reads
// with plain reads and believes nothing.

// Verify checks every page of the newest state that a file holds.
func Verify(ctx context.Context, path string, progress Progress) error {
	p, metas, err := openMetas(path)
	if err != nil {
		return err
	}
	defer p.Close()
	return p.check(ctx, metas[0], progress)
}

// VerifySnapshot checks the state that an open transaction sees, while others
// write: bbolt overwrites none of its pages before it ends.
func VerifySnapshot(ctx context.Context, path string, txid uint64, progress Progress) error {
	p, m, err := openSnapshot(path, txid)
	if err != nil {
		return err
	}
	defer p.Close()
	return p.check(ctx, m, progress)
}

// openSnapshot opens a file at the state of a transaction.
func openSnapshot(path string, txid uint64) (*File, Meta, error) {
	p, err := Open(path)
	if err != nil {
		return nil, Meta{}, err
	}
	for _, m := range p.Metas() {
		if m.TxID == txid {
			return p, m, nil
		}
	}
	_ = p.Close()
	return nil, Meta{}, ErrOvertaken
}

// pageCheck is one walk.
type pageCheck struct {
	ctx      context.Context
	p        *File
	high     uint64
	used     uint64
	progress Progress
}

const deepestPage = 40 // levels; ours have 4 to 6

func (p *File) check(ctx context.Context, m Meta, progress Progress) error {
	if err := p.long(m); err != nil {
		return err
	}
	c := &pageCheck{ctx: ctx, p: p, high: m.High, progress: progress}
	p.seen[0], p.seen[1] = true, true
	free, ok := p.Free(m)
	if !ok && m.FreeList != noFreeList {
		return fmt.Errorf("%w: the list of free pages cannot be read", codec.ErrDamaged)
	}
	if err := c.tree(m.Root, Span{}, 0, true); err != nil {
		return err
	}
	for id := uint64(2); id < m.High; id++ {
		switch {
		case p.seen[id] && free[id]:
			return fmt.Errorf("%w: page %d is in use and free", codec.ErrDamaged, id)
		case !p.seen[id] && !free[id] && ok:
			return fmt.Errorf("%w: page %d is neither in use nor free", codec.ErrDamaged, id)
		}
	}
	return nil
}

// VerifyLength refuses a file that was cut short: reading a page behind its end
// through a memory map would be a fault, not an error.
func VerifyLength(path string) error {
	p, metas, err := openMetas(path)
	if err != nil {
		return err
	}
	defer p.Close()
	return p.long(metas[0])
}

// openMetas opens a file of which at least one meta page is valid.
func openMetas(path string) (*File, []Meta, error) {
	p, err := Open(path)
	if err != nil {
		return nil, nil, err
	}
	metas := p.Metas()
	if len(metas) == 0 {
		p.Close()
		return nil, nil, errNoMeta
	}
	return p, metas, nil
}

func (p *File) long(m Meta) error {
	if m.High > p.Pages {
		return fmt.Errorf("%w: it should have %d pages and has %d", codec.ErrDamaged, m.High, p.Pages)
	}
	return nil
}

func (c *pageCheck) report() {
	if c.progress != nil {
		c.progress(int64(c.used), int64(c.high))
	}
}

// tree checks a page and what lies below it; keys must lie within the range.
func (c *pageCheck) tree(id uint64, within Span, depth int, root bool) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if id >= c.high || id < 2 || depth > deepestPage {
		return fmt.Errorf("%w: a page refers to page %d, which cannot be", codec.ErrDamaged, id)
	}
	if c.p.seen[id] {
		return fmt.Errorf("%w: page %d is used twice", codec.ErrDamaged, id)
	}
	pg, err := c.p.Read(id)
	if err != nil {
		return fmt.Errorf("%w: %w", codec.ErrDamaged, err)
	}
	if c.used++; c.used%64 == 0 {
		c.report()
	}
	switch pg.Kind {
	case Leaf:
		return c.leaf(pg, within, depth, root)
	case Branch:
		return c.branch(pg, within, depth, root)
	}
	return fmt.Errorf("%w: page %d is no part of a tree", codec.ErrDamaged, id)
}

func (c *pageCheck) branch(pg *Page, within Span, depth int, root bool) error {
	kids, err := pg.Children()
	if err != nil || len(kids) == 0 {
		return fmt.Errorf("%w: page %d is empty or damaged: %w", codec.ErrDamaged, pg.ID, err)
	}
	for i, k := range kids {
		r := Span{From: k.Key, To: within.To}
		if i+1 < len(kids) {
			r.To = kids[i+1].Key
			if bytes.Compare(k.Key, r.To) >= 0 {
				return fmt.Errorf("%w: the keys of page %d are out of order", codec.ErrDamaged, pg.ID)
			}
		}
		if !within.Holds(k.Key) {
			return fmt.Errorf("%w: page %d has a key that belongs elsewhere", codec.ErrDamaged, pg.ID)
		}
		if i == 0 {
			r.From = within.From
		}
		if err := c.tree(k.ID, r, depth+1, root); err != nil {
			return err
		}
	}
	return nil
}

func (c *pageCheck) leaf(pg *Page, within Span, depth int, root bool) error {
	pairs, err := pg.Pairs()
	if err != nil {
		return fmt.Errorf("%w: %w", codec.ErrDamaged, err)
	}
	for i, e := range pairs {
		if !within.Holds(e.Key) || (i > 0 && bytes.Compare(pairs[i-1].Key, e.Key) >= 0) {
			return fmt.Errorf("%w: page %d has a key that belongs elsewhere", codec.ErrDamaged, pg.ID)
		}
		if e.Bucket != root {
			return fmt.Errorf("%w: page %d has a bucket where none belongs", codec.ErrDamaged, pg.ID)
		}
		if !e.Bucket {
			continue
		}
		if !e.whole() {
			return fmt.Errorf("%w: bucket %q is cut short", codec.ErrDamaged, e.Key)
		}
		if below := e.Root(); below != 0 {
			err = c.tree(below, Span{}, depth+1, false)
		} else {
			in := e.Inline()
			in.ID = pg.ID
			if in.Kind != Leaf {
				return fmt.Errorf("%w: bucket %q is damaged", codec.ErrDamaged, e.Key)
			}
			err = c.leaf(in, Span{}, depth+1, false)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
