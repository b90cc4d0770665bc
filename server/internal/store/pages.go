package store

import (
	"encoding/binary"
	"fmt"
	"os"
)

// pages reads a bbolt file without bbolt, which gives up (or panics) at the
// first bad page: repair has to go on. It trusts nothing it reads. The format
// is bbolt's version 2.
type pages struct {
	f    *os.File
	size int64 // of a page
	n    uint64
	seen []bool // pages that were visited
}

type pageKind uint16

const (
	branchPage   pageKind = 0x01
	leafPage     pageKind = 0x02
	freelistPage pageKind = 0x10

	boltMagic   = 0xED0CDAED
	boltVersion = 2
	pageHeader  = 16
	bucketLeaf  = 0x01 // flag of an entry that is a bucket
	noFreelist  = ^uint64(0)
)

type boltMeta struct{ root, freelist, high, txid uint64 }

func openPages(path string) (*pages, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the damaged database: %w", err)
	}
	st, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("cannot look at the damaged database: %w", err)
	}
	p := &pages{f: f, size: pageSize}
	p.n = uint64(st.Size() / p.size)
	p.seen = make([]bool, p.n)
	return p, nil
}

func (p *pages) Close() error { return p.f.Close() }

// metas gives the valid meta pages, newest first.
func (p *pages) metas() []boltMeta {
	var found []boltMeta
	for id := range uint64(2) {
		b := make([]byte, p.size)
		if _, err := p.f.ReadAt(b, int64(id)*p.size); err != nil {
			continue
		}
		if m, ok := metaOf(b); ok {
			found = append(found, m)
		}
	}
	if len(found) == 2 && found[1].txid > found[0].txid {
		found[0], found[1] = found[1], found[0]
	}
	return found
}

// page is one page with its overflow.
type page struct {
	id   uint64
	kind pageKind
	n    int
	b    []byte
}

const mostOverflow = 1 << 16 // pages; a value of ours is far smaller

// read reads a page and checks that it is what its header says.
func (p *pages) read(id uint64) (*page, error) {
	if id < 2 || id >= p.n {
		return nil, fmt.Errorf("page %d lies outside of the file", id)
	}
	head := make([]byte, pageHeader)
	if _, err := p.f.ReadAt(head, int64(id)*p.size); err != nil {
		return nil, fmt.Errorf("page %d cannot be read: %w", id, err)
	}
	overflow := uint64(binary.LittleEndian.Uint32(head[12:]))
	if binary.LittleEndian.Uint64(head) != id || overflow > mostOverflow || id+overflow >= p.n {
		return nil, fmt.Errorf("page %d has a damaged header", id)
	}
	b := make([]byte, int64(overflow+1)*p.size)
	if _, err := p.f.ReadAt(b, int64(id)*p.size); err != nil {
		return nil, fmt.Errorf("page %d cannot be read: %w", id, err)
	}
	pg := &page{id: id, kind: pageKind(binary.LittleEndian.Uint16(b[8:])), n: int(binary.LittleEndian.Uint16(b[10:])), b: b}
	for i := id; i <= id+overflow; i++ {
		p.seen[i] = true
	}
	return pg, nil
}

// kid is an element of a branch page.
type kid struct {
	key []byte
	id  uint64
}

func (pg *page) kids() ([]kid, error) {
	var out []kid
	for i := range pg.n {
		at := pageHeader + i*16
		if at+16 > len(pg.b) {
			return out, fmt.Errorf("page %d is cut short", pg.id)
		}
		e := pg.b[at:]
		pos, size := int(binary.LittleEndian.Uint32(e)), int(binary.LittleEndian.Uint32(e[4:]))
		if pos < 0 || size < 0 || at+pos+size > len(pg.b) {
			return out, fmt.Errorf("page %d has a damaged element %d", pg.id, i)
		}
		out = append(out, kid{key: e[pos : pos+size], id: binary.LittleEndian.Uint64(e[8:])})
	}
	return out, nil
}

// pair is an element of a leaf page.
type pair struct {
	bucket     bool
	key, value []byte
}

// pairs gives the elements that are whole; the error says that some were not.
func (pg *page) pairs() (out []pair, err error) {
	for i := range pg.n {
		at := pageHeader + i*16
		if at+16 > len(pg.b) {
			return out, fmt.Errorf("page %d is cut short", pg.id)
		}
		e := pg.b[at:]
		le := binary.LittleEndian
		flags, pos, ks, vs := le.Uint32(e), int(le.Uint32(e[4:])), int(le.Uint32(e[8:])), int(le.Uint32(e[12:]))
		if ks == 0 || at+pos+ks+vs > len(pg.b) {
			err = fmt.Errorf("page %d has a damaged element %d", pg.id, i)
			continue
		}
		out = append(out, pair{bucket: flags&bucketLeaf != 0, key: e[pos : pos+ks], value: e[pos+ks : pos+ks+vs]})
	}
	return out, err
}

// inline is the page that stands in the value of a small bucket.
func inline(value []byte) *page {
	b := value[16:]
	if len(b) < pageHeader {
		return &page{}
	}
	return &page{kind: pageKind(binary.LittleEndian.Uint16(b[8:])), n: int(binary.LittleEndian.Uint16(b[10:])), b: b}
}

// free gives the pages that the free list names; ok is false when the list
// cannot be read.
func (p *pages) free(m boltMeta) (map[uint64]bool, bool) {
	out := map[uint64]bool{}
	if m.freelist == noFreelist {
		return nil, false
	}
	pg, err := p.read(m.freelist)
	if err != nil || pg.kind != freelistPage {
		return nil, false
	}
	n, at := pg.n, pageHeader
	if n == 0xFFFF {
		n = int(binary.LittleEndian.Uint64(pg.b[at:]))
		at += 8
	}
	if n < 0 || at+8*n > len(pg.b) {
		return nil, false
	}
	for i := range n {
		out[binary.LittleEndian.Uint64(pg.b[at+8*i:])] = true
	}
	return out, true
}
