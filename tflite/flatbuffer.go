package tflite

import (
	"encoding/binary"
	"fmt"
)

// reader walks a FlatBuffer without trusting a single offset in it. The first
// fault is kept and every later read gives zero, so that the callers can ask in
// a row and look at err once.
//
// It exists because the library's own verifier looks at the frame only: what
// the numbers mean is left to asserts, which end the process.
type reader struct {
	b     []byte
	err   error
	reads int
}

// readsPerByte bounds the work: parts may refer to the same bytes, and a file
// made for it would keep the check busy for hours.
const readsPerByte = 16

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, args...)...)
	}
}

// at gives n bytes at pos, or nil and a fault.
func (r *reader) at(pos, n uint64) []byte {
	if r.err != nil {
		return nil
	}
	if r.reads++; r.reads > readsPerByte*len(r.b) {
		r.fail("its parts refer to each other without end")
		return nil
	}
	size := uint64(len(r.b))
	if pos > size || n > size-pos {
		r.fail("it points to byte %d, and it has %d", pos+n, size)
		return nil
	}
	return r.b[pos : pos+n]
}

func (r *reader) u16(pos uint64) uint16 {
	if b := r.at(pos, 2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (r *reader) u32(pos uint64) uint32 {
	if b := r.at(pos, 4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// table is a record of fields that may be absent. The zero table is one whose
// fields are all absent.
type table struct {
	r      *reader
	pos    uint64
	vtable uint64
	fields uint16
	size   uint16
}

func (r *reader) table(pos uint64) table {
	back := int64(int32(r.u32(pos)))
	start := int64(pos) - back
	if r.err == nil && start < 0 {
		r.fail("a table at byte %d has no field list", pos)
	}
	if r.err != nil {
		return table{r: r}
	}
	t := table{r: r, pos: pos, vtable: uint64(start)}
	length := r.u16(t.vtable)
	t.size = r.u16(t.vtable + 2)
	if r.err == nil && (length < 4 || length%2 != 0 || t.size < 4) {
		r.fail("a table at byte %d has a field list of %d bytes", pos, length)
	}
	r.at(t.vtable, uint64(length))
	r.at(pos, uint64(t.size))
	if r.err != nil {
		return table{r: r}
	}
	t.fields = length/2 - 2
	return t
}

// field is the position of field i's n bytes, 0 when the field is absent.
func (t table) field(i uint16, n uint64) uint64 {
	if i >= t.fields {
		return 0
	}
	off := uint64(t.r.u16(t.vtable + 4 + 2*uint64(i)))
	if off == 0 {
		return 0
	}
	if off < 4 || off+n > uint64(t.size) {
		t.r.fail("field %d of the table at byte %d lies outside it", i, t.pos)
		return 0
	}
	return t.pos + off
}

func (t table) u8(i uint16) uint8 {
	if p := t.field(i, 1); p != 0 {
		if b := t.r.at(p, 1); b != nil {
			return b[0]
		}
	}
	return 0
}

func (t table) i32(i uint16, absent int32) int32 {
	if p := t.field(i, 4); p != 0 {
		return int32(t.r.u32(p))
	}
	return absent
}

// has tells whether field i is there.
func (t table) has(i uint16) bool { return t.field(i, 1) != 0 }

// table follows field i to another table; the zero table when absent.
func (t table) table(i uint16) table {
	p := t.field(i, 4)
	if p == 0 {
		return table{r: t.r}
	}
	return t.r.table(p + uint64(t.r.u32(p)))
}

// vector is a row of n elements of equal size, beginning at pos.
type vector struct {
	r   *reader
	pos uint64
	n   int
}

// vector follows field i to a row of elements of the given size.
func (t table) vector(i uint16, size uint64) vector {
	p := t.field(i, 4)
	if p == 0 {
		return vector{r: t.r}
	}
	pos := p + uint64(t.r.u32(p))
	n := t.r.u32(pos)
	if t.r.at(pos+4, uint64(n)*size) == nil {
		return vector{r: t.r}
	}
	return vector{r: t.r, pos: pos + 4, n: int(n)}
}

// bytes follows field i to a row of bytes: a string, or a buffer's data.
func (t table) bytes(i uint16) []byte {
	v := t.vector(i, 1)
	return t.r.at(v.pos, uint64(v.n))
}

// table is the i-th of a row of tables.
func (v vector) table(i int) table {
	p := v.pos + 4*uint64(i)
	return v.r.table(p + uint64(v.r.u32(p)))
}

func (v vector) i32(i int) int32 { return int32(v.r.u32(v.pos + 4*uint64(i))) }

func (v vector) i64(i int) int64 {
	if b := v.r.at(v.pos+8*uint64(i), 8); b != nil {
		return int64(binary.LittleEndian.Uint64(b))
	}
	return 0
}
