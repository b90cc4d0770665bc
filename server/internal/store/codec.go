package store

import (
	"encoding/binary"
	"math"
	"time"
)

// writer builds a value. Numbers are varints, strings are a length and bytes,
// well-known words are one byte (words.go).
type writer struct{ b []byte }

func newWriter(typ, version byte) *writer {
	w := &writer{b: make([]byte, 0, 320)}
	w.b = append(w.b, typ, version)
	return w
}

func (w *writer) uint(v uint64)          { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) int(v int64)            { w.b = binary.AppendVarint(w.b, v) }
func (w *writer) byte(v byte)            { w.b = append(w.b, v) }
func (w *writer) float(v float64)        { w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(v)) }
func (w *writer) bytes(v []byte)         { w.uint(uint64(len(v))); w.b = append(w.b, v...) }
func (w *writer) string(v string)        { w.uint(uint64(len(v))); w.b = append(w.b, v...) }
func (w *writer) time(t time.Time)       { w.int(micros(t)) }
func (w *writer) word(v string)          { w.b = appendWord(w.b, v) }
func (w *writer) sum(v [32]byte)         { w.b = append(w.b, v[:]...) }
func (w *writer) flags(bs ...bool)       { w.uint(packFlags(bs)) }
func (w *writer) small(v float64)        { w.b = appendSmall(w.b, v) }
func (w *writer) optional(p *bool)       { w.byte(tri(p)) }
func (w *writer) seal(key []byte) []byte { return seal(key, w.b) }

// appendSmall writes a probability: most have their information in few bytes,
// but the value must come back exactly, so it is one flag byte and 4 or 8.
func appendSmall(b []byte, v float64) []byte {
	if f := float32(v); float64(f) == v {
		b = append(b, 1)
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	b = append(b, 0)
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
}

func packFlags(bs []bool) uint64 {
	var v uint64
	for i, on := range bs {
		if on {
			v |= 1 << i
		}
	}
	return v
}

// tri is 0 for nil, 1 for false, 2 for true.
func tri(p *bool) byte {
	switch {
	case p == nil:
		return 0
	case *p:
		return 2
	}
	return 1
}

func untri(v byte) *bool {
	if v == 0 {
		return nil
	}
	yes := v == 2
	return &yes
}

// micros is a time as it is stored; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(v int64) time.Time {
	if v == 0 {
		return time.Time{}
	}
	return time.UnixMicro(v).UTC()
}

// reader takes a value apart. After the first fault every read is zero and err
// is set: check it once at the end.
type reader struct {
	b   []byte
	err error
	typ byte // of the value and
	key []byte
}

func (r *reader) fail() {
	if r.err == nil {
		r.err = placed(errShort, r.typ, r.key)
	}
	r.b = nil
}

func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) byte() byte {
	if v := r.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (r *reader) float() float64 {
	if v := r.take(8); v != nil {
		return math.Float64frombits(binary.LittleEndian.Uint64(v))
	}
	return 0
}

func (r *reader) small() float64 {
	if r.byte() == 1 {
		if v := r.take(4); v != nil {
			return float64(math.Float32frombits(binary.LittleEndian.Uint32(v)))
		}
		return 0
	}
	return r.float()
}

func (r *reader) bytes() []byte {
	v := r.take(r.uint())
	if len(v) == 0 {
		return nil
	}
	return append([]byte(nil), v...)
}

func (r *reader) string() string  { return string(r.take(r.uint())) }
func (r *reader) time() time.Time { return fromMicros(r.int()) }

func (r *reader) word() string {
	switch n := r.byte(); {
	case n == 0:
		return r.string()
	case int(n) < len(words):
		return words[n]
	default:
		r.fail()
		return ""
	}
}

func (r *reader) sum() (v [32]byte) {
	copy(v[:], r.take(32))
	return v
}

func (r *reader) flags() func(i int) bool {
	v := r.uint()
	return func(i int) bool { return v>>i&1 == 1 }
}

func (r *reader) optional() *bool { return untri(r.byte()) }

// count reads a number of elements of at least min bytes each, so that a
// damaged number cannot ask for more memory than the value has.
func (r *reader) count(min int) int {
	n := r.uint()
	if n > uint64(len(r.b)/min) {
		r.fail()
		return 0
	}
	return int(n)
}

func key64(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

func id64(key []byte) uint64 {
	if len(key) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(key)
}
