package repair

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"os"
	"syscall"
)

// PageSize is that of every file of this program, also where the system's pages
// are larger: files move between machines.
const PageSize = 4096

const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2
	noFreeList  = ^uint64(0)
)

// File reads the pages of a database file without bbolt, which gives up, or
// panics, at the first bad one.
type File struct {
	Pages uint64 // how many there are
	f     *os.File
	seen  []bool // pages that were read
}

// Open opens a file for reading. A pipe under its name would hold a plain open for
// ever.
func Open(path string) (*File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot open the database file: %w", err)
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = &os.PathError{Op: "open", Path: path, Err: errNotRegular}
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("cannot look at the database file: %w", err)
	}
	p := &File{f: f}
	p.Pages = uint64(st.Size() / PageSize)
	p.seen = make([]bool, p.Pages)
	return p, nil
}

func (p *File) Close() error { return p.f.Close() }

// Meta is what a meta page says: where its state of the file begins, how many
// pages that has, and of which transaction it is.
type Meta struct{ Root, FreeList, High, TxID uint64 }

// ParseMeta reads a meta page; ok is false for one that bbolt would not take.
func ParseMeta(page []byte) (Meta, bool) {
	m, le := page[header:], binary.LittleEndian
	h := fnv.New64a()
	_, _ = h.Write(m[:56])
	if le.Uint32(m) != boltMagic || le.Uint32(m[4:]) != boltVersion || le.Uint64(m[56:]) != h.Sum64() {
		return Meta{}, false
	}
	return Meta{Root: le.Uint64(m[16:]), FreeList: le.Uint64(m[32:]), High: le.Uint64(m[40:]), TxID: le.Uint64(m[48:])}, true
}

// Metas gives the valid meta pages, newest first.
func (p *File) Metas() []Meta {
	var found []Meta
	for id := range uint64(2) {
		b := make([]byte, PageSize)
		if _, err := p.f.ReadAt(b, int64(id)*PageSize); err != nil {
			continue
		}
		if m, ok := ParseMeta(b); ok {
			found = append(found, m)
		}
	}
	if len(found) == 2 && found[1].TxID > found[0].TxID {
		found[0], found[1] = found[1], found[0]
	}
	return found
}

const mostOverflow = 1 << 16 // pages; a value of ours is far smaller

// Read reads a page and checks that it is what its header says.
func (p *File) Read(id uint64) (*Page, error) {
	if id < 2 || id >= p.Pages {
		return nil, fmt.Errorf("page %d lies outside of the file", id)
	}
	head := make([]byte, header)
	if _, err := p.f.ReadAt(head, int64(id)*PageSize); err != nil {
		return nil, fmt.Errorf("page %d cannot be read: %w", id, err)
	}
	overflow := uint64(binary.LittleEndian.Uint32(head[12:]))
	if binary.LittleEndian.Uint64(head) != id || overflow > mostOverflow || id+overflow >= p.Pages {
		return nil, fmt.Errorf("page %d has a damaged header", id)
	}
	b := make([]byte, int64(overflow+1)*PageSize)
	if _, err := p.f.ReadAt(b, int64(id)*PageSize); err != nil {
		return nil, fmt.Errorf("page %d cannot be read: %w", id, err)
	}
	pg := &Page{ID: id, Kind: Kind(binary.LittleEndian.Uint16(b[8:])), N: int(binary.LittleEndian.Uint16(b[10:])), Bytes: b}
	for i := id; i <= id+overflow; i++ {
		p.seen[i] = true
	}
	return pg, nil
}

// Free gives the pages that the free list names; ok is false when the list
// cannot be read.
func (p *File) Free(m Meta) (map[uint64]bool, bool) {
	out := map[uint64]bool{}
	if m.FreeList == noFreeList {
		return nil, false
	}
	pg, err := p.Read(m.FreeList)
	if err != nil || pg.Kind != freeList {
		return nil, false
	}
	n, at := pg.N, header
	if n == 0xFFFF {
		n = int(binary.LittleEndian.Uint64(pg.Bytes[at:]))
		at += 8
	}
	if n < 0 || n > (len(pg.Bytes)-at)/8 {
		return nil, false
	}
	for i := range n {
		out[binary.LittleEndian.Uint64(pg.Bytes[at+8*i:])] = true
	}
	return out, true
}
