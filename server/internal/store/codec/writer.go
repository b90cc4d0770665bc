package codec

import (
	"cmp"
	"encoding/binary"
	"math"
	"time"
)

// Writer builds a value.
type Writer struct{ b []byte }

// NewWriter begins a value of a type in a version of its encoding.
func NewWriter(typ Type, version byte) *Writer {
	w := &Writer{b: make([]byte, 0, 320)}
	w.b = append(w.b, byte(typ), version)
	return w
}

// Seal ends the value that is to be stored under key. The Writer is used up.
func (w *Writer) Seal(key []byte) []byte { return seal(key, w.b) }

func (w *Writer) Uint(v uint64)       { w.b = binary.AppendUvarint(w.b, v) }
func (w *Writer) Int(v int64)         { w.b = binary.AppendVarint(w.b, v) }
func (w *Writer) Byte(v byte)         { w.b = append(w.b, v) }
func (w *Writer) Float(v float64)     { w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(v)) }
func (w *Writer) Bytes(v []byte)      { w.Uint(uint64(len(v))); w.b = append(w.b, v...) }
func (w *Writer) String(v string)     { w.Uint(uint64(len(v))); w.b = append(w.b, v...) }
func (w *Writer) Digest(v [32]byte)   { w.b = append(w.b, v[:]...) }
func (w *Writer) Optional(p *bool)    { w.Byte(Tristate(p)) }
func (w *Writer) strings(vs []string) { each(vs, w.String) }
func (w *Writer) ints(vs []int64)     { each(vs, w.Int) }

func each[T any](vs []T, f func(T)) {
	for _, v := range vs {
		f(v)
	}
}

// Time writes a time to the microsecond; the zero time is 0, and so the beginning of
// 1970, where unset clocks and empty fields of other programs lie, is written one
// microsecond late.
func (w *Writer) Time(t time.Time) {
	if t.IsZero() {
		w.Int(0)
		return
	}
	w.Int(cmp.Or(t.UnixMicro(), 1))
}

// Word writes a text that many values share: one byte if it is in the table.
func (w *Writer) Word(v string) {
	n, ok := wordAt[v]
	w.Byte(n)
	if !ok {
		w.String(v)
	}
}

// Small writes a probability. Most need few bytes, but the value must come back
// exactly: one flag byte, then 4 or 8.
func (w *Writer) Small(v float64) {
	if f := float32(v); float64(f) == v {
		w.Byte(1)
		w.b = binary.LittleEndian.AppendUint32(w.b, math.Float32bits(f))
		return
	}
	w.Byte(0)
	w.Float(v)
}

// Flags writes up to 64 booleans in one number.
func (w *Writer) Flags(bs ...bool) {
	var v uint64
	for i, on := range bs {
		if on {
			v |= 1 << i
		}
	}
	w.Uint(v)
}

// Tristate is 0 for nil, 1 for false, 2 for true.
func Tristate(p *bool) byte {
	switch {
	case p == nil:
		return 0
	case *p:
		return 2
	}
	return 1
}
