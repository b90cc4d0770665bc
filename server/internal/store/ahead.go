package store

import (
	"bytes"
	"encoding/binary"
	"os"
	"time"
	"unsafe"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// Reading ahead. bbolt reads through a memory map: a page that is not in memory
// is a wait for the disk, and a page of twenty records is twenty waits, one
// after the other. So when one look-up took so long that it must have come from
// the disk, the kernel is asked for what the next ones need, all at once, level
// by level of the bucket's tree. Where everything is in memory this costs
// nothing but a look at the clock.

// late is longer than a look-up in memory and shorter than any disk.
const late = 50 * time.Microsecond

// ahead serves one series of look-ups in one bucket.
type ahead struct {
	b     *bbolt.Bucket
	asked bool
}

// after is called when a key was looked up: begun says when that began, rest
// gives the keys that come next.
func (a *ahead) after(begun time.Time, key []byte, rest func() [][]byte) {
	if !a.asked && time.Since(begun) > late {
		a.asked = true
		ask(a.b, key, rest())
	}
}

// ask has the kernel read the leaf pages of keys. known is a key that was just
// looked up: its path is in memory and says how deep the leaves lie, so that
// none of them is touched here.
func ask(b *bbolt.Bucket, known []byte, keys [][]byte) {
	m := mapped(b.Tx())
	root := uint64(b.Root())
	depth, at := 0, root
	for kind := m.kind(at); kind == branchPage && depth < deepestPage; kind = m.kind(at) {
		at = m.child(at, known)
		depth++
	}
	if depth == 0 || m.kind(at) != leafPage {
		return
	}
	pages := make([]uint64, len(keys))
	for i := range pages {
		pages[i] = root
	}
	for range depth {
		var last uint64
		for i, key := range keys {
			pages[i] = m.child(pages[i], key)
			if pages[i] != last { // neighbours often share one
				last = pages[i]
				m.want(last)
			}
		}
	}
}

// fileMap is the database as it is mapped, as far as a transaction sees it.
type fileMap []byte

// mapped must be used within the transaction: bbolt maps the file anew only
// when none is open.
func mapped(tx *bbolt.Tx) fileMap {
	info := tx.DB().Info()
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&info.Data)), tx.Size())
}

func (m fileMap) page(id uint64) []byte {
	if id < 2 || id >= uint64(len(m)/pageSize) {
		return nil
	}
	return m[id*pageSize:][:pageSize]
}

func (m fileMap) kind(id uint64) pageKind {
	if p := m.page(id); p != nil {
		return pageKind(binary.LittleEndian.Uint16(p[8:]))
	}
	return 0
}

// child is the page below a branch page that leads to key; 0 when there is
// none. Keys of ours are short, so a branch page never has an overflow.
func (m fileMap) child(id uint64, key []byte) uint64 {
	p := m.page(id)
	if p == nil || pageKind(binary.LittleEndian.Uint16(p[8:])) != branchPage {
		return 0
	}
	n := int(binary.LittleEndian.Uint16(p[10:]))
	found := uint64(0)
	for lo, hi := 0, n; lo < hi; {
		mid := (lo + hi) / 2
		at := pageHeader + mid*16
		if at+16 > len(p) {
			return 0
		}
		pos, size := int(binary.LittleEndian.Uint32(p[at:])), int(binary.LittleEndian.Uint32(p[at+4:]))
		if at+pos+size > len(p) {
			return 0
		}
		if mid > 0 && bytes.Compare(p[at+pos:at+pos+size], key) > 0 {
			hi = mid
		} else {
			found = binary.LittleEndian.Uint64(p[at+8:])
			lo = mid + 1
		}
	}
	return found
}

// want asks for a page without waiting for it; where the system's pages are
// larger, for the one around it. It is a hint: errors mean nothing.
func (m fileMap) want(id uint64) {
	if m.page(id) == nil {
		return
	}
	system := uint64(os.Getpagesize())
	from := id * pageSize / system * system
	_ = unix.Madvise(m[from:min(id*pageSize+pageSize, uint64(len(m)))], unix.MADV_WILLNEED)
}
