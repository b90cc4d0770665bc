package repair

import (
	"encoding/binary"
	"fmt"

	"mangosense/server/internal/store/codec"
)

// VerifyBranches looks at the pages that lead to others, and at none of those
// that hold values: one in a hundred or so. bbolt goes down from page to page
// without counting, so that one that leads back to itself ends the whole program
// when its stack is full, and nothing can catch that. A file that is too large to
// be read through at every opening is at least free of circles.
func VerifyBranches(path string) error {
	p, metas, err := openMetas(path)
	if err != nil {
		return err
	}
	defer p.Close()
	return p.checkBranches(metas[0])
}

// VerifySnapshotBranches is VerifyBranches for the state that an open transaction
// sees, while others write.
func VerifySnapshotBranches(path string, txid uint64) error {
	p, m, err := openSnapshot(path, txid)
	if err != nil {
		return err
	}
	defer p.Close()
	return p.checkBranches(m)
}

func (p *File) checkBranches(m Meta) error {
	c := &branchCheck{p: p, high: min(m.High, p.Pages), led: make([]bool, p.Pages)}
	return c.tree(m.Root, 0, true)
}

type branchCheck struct {
	p    *File
	high uint64
	led  []bool // pages that another leads to
}

// tree goes down to the pages above the leaves; in the tree of the buckets,
// which is small, to the leaves and on to each bucket's own.
func (c *branchCheck) tree(id uint64, depth int, root bool) error {
	if err := c.lead(id); err != nil {
		return err
	}
	if depth > deepestPage {
		return fmt.Errorf("%w: page %d lies too deep", ErrCircle, id)
	}
	pg, err := c.p.Read(id)
	if err != nil {
		return fmt.Errorf("%w: %w", codec.ErrDamaged, err)
	}
	if pg.Kind == Leaf && root {
		pairs, err := pg.Pairs()
		if err != nil {
			return fmt.Errorf("%w: %w", codec.ErrDamaged, err)
		}
		for _, e := range pairs {
			if e.Bucket && e.whole() && e.Root() != 0 {
				if err := c.tree(e.Root(), depth+1, false); err != nil {
					return err
				}
			}
		}
	}
	if pg.Kind != Branch {
		return nil // what it is else, whoever reads it finds out
	}
	kids, err := pg.Children()
	if err != nil || len(kids) == 0 {
		return fmt.Errorf("%w: page %d is empty or damaged: %w", codec.ErrDamaged, pg.ID, err)
	}
	above := !root && !c.branches(kids[0].ID) // all of a page's children are of one kind
	for _, k := range kids {
		if above {
			err = c.lead(k.ID)
		} else {
			err = c.tree(k.ID, depth+1, root)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lead refuses a page that cannot be, or that another leads to as well.
func (c *branchCheck) lead(id uint64) error {
	if id < 2 || id >= c.high {
		return fmt.Errorf("%w: a page refers to page %d, which cannot be", codec.ErrDamaged, id)
	}
	if c.led[id] {
		return fmt.Errorf("%w: page %d", ErrCircle, id)
	}
	c.led[id] = true
	return nil
}

func (c *branchCheck) branches(id uint64) bool {
	var head [header]byte
	if id >= c.high {
		return false
	}
	_, err := c.p.f.ReadAt(head[:], int64(id)*PageSize)
	return err == nil && Kind(binary.LittleEndian.Uint16(head[8:])) == Branch
}
