package repair

import (
	"encoding/binary"
	"fmt"
)

// Kind is what a page is.
type Kind uint16

const (
	Branch   Kind = 0x01
	Leaf     Kind = 0x02
	freeList Kind = 0x10

	header     = 16   // bytes of a page before its elements
	bucketLeaf = 0x01 // flag of an element that is a bucket
)

// Page is one page with its overflow.
type Page struct {
	ID    uint64
	Kind  Kind
	N     int // elements
	Bytes []byte
}

// Child is an element of a branch page.
type Child struct {
	Key []byte
	ID  uint64
}

// Children gives the elements of a branch page.
func (pg *Page) Children() ([]Child, error) {
	var out []Child
	for i := range pg.N {
		at := header + i*16
		if at+16 > len(pg.Bytes) {
			return out, fmt.Errorf("page %d is cut short", pg.ID)
		}
		e := pg.Bytes[at:]
		pos, size := int(binary.LittleEndian.Uint32(e)), int(binary.LittleEndian.Uint32(e[4:]))
		if pos < 0 || size < 0 || at+pos+size > len(pg.Bytes) {
			return out, fmt.Errorf("page %d has a damaged element %d", pg.ID, i)
		}
		out = append(out, Child{Key: e[pos : pos+size], ID: binary.LittleEndian.Uint64(e[8:])})
	}
	return out, nil
}

// Pair is an element of a leaf page: a value, or a bucket.
type Pair struct {
	Bucket     bool
	Key, Value []byte
}

// Pairs gives the elements that are whole; the error says that some were not.
func (pg *Page) Pairs() (out []Pair, err error) {
	for i := range pg.N {
		at := header + i*16
		if at+16 > len(pg.Bytes) {
			return out, fmt.Errorf("page %d is cut short", pg.ID)
		}
		e := pg.Bytes[at:]
		le := binary.LittleEndian
		flags, pos, ks, vs := le.Uint32(e), int(le.Uint32(e[4:])), int(le.Uint32(e[8:])), int(le.Uint32(e[12:]))
		if ks == 0 || at+pos+ks+vs > len(pg.Bytes) {
			err = fmt.Errorf("page %d has a damaged element %d", pg.ID, i)
			continue
		}
		out = append(out, Pair{Bucket: flags&bucketLeaf != 0, Key: e[pos : pos+ks], Value: e[pos+ks : pos+ks+vs]})
	}
	return out, err
}

const bucketHeader = 16 // bytes of a bucket's value: root page, sequence

// Root is the page where a bucket begins; 0 for one so small that it lies in its
// own value. The value has bucketHeader bytes at least.
func (e Pair) Root() uint64 { return binary.LittleEndian.Uint64(e.Value) }

// Sequence is the last id that a bucket gave.
func (e Pair) Sequence() uint64 { return binary.LittleEndian.Uint64(e.Value[8:]) }

// whole reports whether a bucket's value can be one.
func (e Pair) whole() bool { return e.Bucket && len(e.Value) >= bucketHeader }

// Inline is the page that stands in the value of a small bucket; an empty one
// where there is none.
func (e Pair) Inline() *Page {
	if !e.whole() || e.Root() != 0 || len(e.Value) < bucketHeader+header {
		return &Page{}
	}
	b := e.Value[bucketHeader:]
	return &Page{Kind: Kind(binary.LittleEndian.Uint16(b[8:])), N: int(binary.LittleEndian.Uint16(b[10:])), Bytes: b}
}
