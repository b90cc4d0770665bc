package tflite_test

import (
	"encoding/binary"
	"math"
	"reflect"
)

// The tests make their models themselves: a FlatBuffer is written front to back,
// each table before what it refers to.

type (
	record  map[int]any // a table: field number → value
	records []record    // a row of tables
)

type writer struct {
	b      []byte
	shared bool // write a repeated table once, and point to it again
	place  map[uintptr]int
}

func (w *writer) align(n, ahead int) {
	for (len(w.b)+ahead)%n != 0 {
		w.b = append(w.b, 0)
	}
}

func (w *writer) u32(v uint32) { w.b = binary.LittleEndian.AppendUint32(w.b, v) }

func (w *writer) point(from int) {
	binary.LittleEndian.PutUint32(w.b[from:], uint32(len(w.b)-from))
}

// record writes a table and, after it, whatever it points to. at is the place
// of the offset that leads here.
func (w *writer) record(r record, at int) {
	if w.shared {
		// A map is a reference: the same one is the same table.
		id := reflect.ValueOf(r).Pointer()
		if old, ok := w.place[id]; ok {
			w.pointTo(at, old)
			return
		}
		defer func(at int) { w.remember(id, at) }(at)
	}
	fields := 0
	for i := range r {
		fields = max(fields, i+1)
	}
	w.align(4, 0)
	vtable := len(w.b)
	size := 4 + 4*len(r)
	w.b = binary.LittleEndian.AppendUint16(w.b, uint16(4+2*fields))
	w.b = binary.LittleEndian.AppendUint16(w.b, uint16(size))
	next := 4
	for i := range fields {
		off := 0
		if _, ok := r[i]; ok {
			off = next
			next += 4
		}
		w.b = binary.LittleEndian.AppendUint16(w.b, uint16(off))
	}
	w.align(4, 0)
	w.point(at)
	start := len(w.b)
	w.u32(uint32(start - vtable))
	w.b = append(w.b, make([]byte, size-4)...)
	next = start + 4
	for i := range fields {
		if v, ok := r[i]; ok {
			w.value(v, next)
			next += 4
		}
	}
}

func (w *writer) value(v any, at int) {
	switch v := v.(type) {
	case byte:
		w.b[at] = v
	case int:
		binary.LittleEndian.PutUint32(w.b[at:], uint32(int32(v)))
	case record:
		w.record(v, at)
	case records:
		w.row(at, 4, len(v))
		first := len(w.b)
		w.b = append(w.b, make([]byte, 4*len(v))...)
		for i, r := range v {
			w.record(r, first+4*i)
		}
	case string:
		w.row(at, 4, len(v))
		w.b = append(append(w.b, v...), 0)
	case []byte:
		w.row(at, 16, len(v))
		w.b = append(w.b, v...)
	case []int:
		w.row(at, 4, len(v))
		for _, n := range v {
			w.u32(uint32(int32(n)))
		}
	case []int64:
		w.row(at, 8, len(v))
		for _, n := range v {
			w.b = binary.LittleEndian.AppendUint64(w.b, uint64(n))
		}
	case []float32:
		w.row(at, 4, len(v))
		for _, n := range v {
			w.u32(math.Float32bits(n))
		}
	default:
		panic("no such value in a FlatBuffer")
	}
}

func (w *writer) pointTo(from, to int) {
	binary.LittleEndian.PutUint32(w.b[from:], uint32(to-from))
}

func (w *writer) remember(id uintptr, at int) {
	if w.place == nil {
		w.place = map[uintptr]int{}
	}
	w.place[id] = at + int(binary.LittleEndian.Uint32(w.b[at:]))
}

// row begins a vector whose first element is aligned.
func (w *writer) row(at, align, n int) {
	w.align(4, 0)
	w.align(align, 4)
	w.point(at)
	w.u32(uint32(n))
}

func ints(values ...int) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, uint32(int32(v)))
	}
	return b
}
