package store

import (
	"bytes"
	"context"
	"fmt"

	"go.etcd.io/bbolt"
)

// The page check is our own: bbolt's walks through the memory map on a goroutine
// of its own and trusts page numbers, so that a damaged file can end the whole
// program (a fault behind the file's end, a circle of pages). This one reads
// with plain reads and believes nothing.

// checkFile checks the newest state that a file holds.
func checkFile(ctx context.Context, path string, progress Progress) error {
	p, err := openPages(path)
	if err != nil {
		return err
	}
	defer p.Close()
	metas := p.metas()
	if len(metas) == 0 {
		return fmt.Errorf("%w: neither of its first two pages is valid", ErrDamaged)
	}
	return p.check(ctx, metas[0], progress)
}

// checkSnapshot checks the state that a transaction sees, while others write:
// bbolt overwrites none of its pages before it ends.
func checkSnapshot(ctx context.Context, path string, tx *bbolt.Tx, progress Progress) error {
	p, err := openPages(path)
	if err != nil {
		return err
	}
	defer p.Close()
	for _, m := range p.metas() {
		if m.txid == uint64(tx.ID()) {
			return p.check(ctx, m, progress)
		}
	}
	return errOvertaken
}

var errOvertaken = fmt.Errorf("two commits passed before the check began")

// pageCheck is one walk.
type pageCheck struct {
	ctx      context.Context
	p        *pages
	high     uint64
	used     uint64
	progress Progress
}

const deepestPage = 40 // levels; ours have 4 to 6

func (p *pages) check(ctx context.Context, m boltMeta, progress Progress) error {
	if m.high > p.n {
		return fmt.Errorf("%w: it should have %d pages and has %d", ErrDamaged, m.high, p.n)
	}
	c := &pageCheck{ctx: ctx, p: p, high: m.high, progress: progress}
	p.seen[0], p.seen[1] = true, true
	free, ok := p.free(m)
	if !ok && m.freelist != noFreelist {
		return fmt.Errorf("%w: the list of free pages cannot be read", ErrDamaged)
	}
	if err := c.tree(m.root, span{}, 0, true); err != nil {
		return err
	}
	for id := uint64(2); id < m.high; id++ {
		switch {
		case p.seen[id] && free[id]:
			return fmt.Errorf("%w: page %d is in use and free", ErrDamaged, id)
		case !p.seen[id] && !free[id] && ok:
			return fmt.Errorf("%w: page %d is neither in use nor free", ErrDamaged, id)
		}
	}
	return nil
}

// tree checks a page and what lies below it; keys must lie within the range.
func (c *pageCheck) tree(id uint64, within span, depth int, root bool) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if id >= c.high || id < 2 || depth > deepestPage {
		return fmt.Errorf("%w: a page refers to page %d, which cannot be", ErrDamaged, id)
	}
	if c.p.seen[id] {
		return fmt.Errorf("%w: page %d is used twice", ErrDamaged, id)
	}
	pg, err := c.p.read(id)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if c.used++; c.used%64 == 0 {
		c.progress.at(int64(c.used), int64(c.high))
	}
	switch pg.kind {
	case leafPage:
		return c.leaf(pg, within, depth, root)
	case branchPage:
		return c.branch(pg, within, depth, root)
	}
	return fmt.Errorf("%w: page %d is no part of a tree", ErrDamaged, id)
}

func (c *pageCheck) branch(pg *page, within span, depth int, root bool) error {
	kids, err := pg.kids()
	if err != nil || len(kids) == 0 {
		return fmt.Errorf("%w: page %d is empty or damaged: %w", ErrDamaged, pg.id, err)
	}
	for i, k := range kids {
		r := span{from: k.key, to: within.to}
		if i+1 < len(kids) {
			r.to = kids[i+1].key
			if bytes.Compare(k.key, r.to) >= 0 {
				return fmt.Errorf("%w: the keys of page %d are out of order", ErrDamaged, pg.id)
			}
		}
		if !within.holds(k.key) {
			return fmt.Errorf("%w: page %d has a key that belongs elsewhere", ErrDamaged, pg.id)
		}
		if i == 0 {
			r.from = within.from
		}
		if err := c.tree(k.id, r, depth+1, root); err != nil {
			return err
		}
	}
	return nil
}

func (c *pageCheck) leaf(pg *page, within span, depth int, root bool) error {
	pairs, err := pg.pairs()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	for i, e := range pairs {
		if !within.holds(e.key) || (i > 0 && bytes.Compare(pairs[i-1].key, e.key) >= 0) {
			return fmt.Errorf("%w: page %d has a key that belongs elsewhere", ErrDamaged, pg.id)
		}
		if e.bucket != root {
			return fmt.Errorf("%w: page %d has a bucket where none belongs", ErrDamaged, pg.id)
		}
		if !e.bucket {
			continue
		}
		if len(e.value) < 16 {
			return fmt.Errorf("%w: bucket %q is cut short", ErrDamaged, e.key)
		}
		if below := id64le(e.value); below != 0 {
			err = c.tree(below, span{}, depth+1, false)
		} else {
			in := inline(e.value)
			in.id = pg.id
			if in.kind != leafPage {
				return fmt.Errorf("%w: bucket %q is damaged", ErrDamaged, e.key)
			}
			err = c.leaf(in, span{}, depth+1, false)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
