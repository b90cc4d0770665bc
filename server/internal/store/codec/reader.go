package codec

import (
	"encoding/binary"
	"math"
	"time"
)

// Reader takes a value apart. After the first fault every read is zero and Err
// says why: check it once, at the end.
type Reader struct {
	b       []byte
	err     error
	typ     Type
	version byte
	key     []byte
}

// Err is the first fault, nil if there was none.
func (r *Reader) Err() error { return r.err }

func (r *Reader) fail() {
	if r.err == nil {
		r.err = located(errShort, r.typ, r.key)
	}
	r.b = nil
}

func (r *Reader) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

// Uint reads a varint. It is most of the work of a page that merges many lists,
// whose nodes are full of numbers of one to three bytes.
func (r *Reader) Uint() uint64 {
	var v uint64
	for i, c := range r.b[:min(len(r.b), 9)] {
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.b = r.b[i+1:]
			return v
		}
	}
	v, n := binary.Uvarint(r.b) // ten bytes, or cut short
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *Reader) Int() int64 {
	v := r.Uint()
	return int64(v>>1) ^ -int64(v&1)
}

func (r *Reader) Byte() byte {
	if v := r.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (r *Reader) Float() float64 {
	if v := r.take(8); v != nil {
		return math.Float64frombits(binary.LittleEndian.Uint64(v))
	}
	return 0
}

// Small reads what Writer.Small wrote.
func (r *Reader) Small() float64 {
	if r.Byte() == 1 {
		if v := r.take(4); v != nil {
			return float64(math.Float32frombits(binary.LittleEndian.Uint32(v)))
		}
		return 0
	}
	return r.Float()
}

// Bytes reads a copy; nil when it is empty.
func (r *Reader) Bytes() []byte {
	v := r.take(r.Uint())
	if len(v) == 0 {
		return nil
	}
	return append([]byte(nil), v...)
}

func (r *Reader) String() string { return string(r.take(r.Uint())) }

// Time reads a time, UTC; 0 is the zero time.
func (r *Reader) Time() time.Time {
	v := r.Int()
	if v == 0 {
		return time.Time{}
	}
	return time.UnixMicro(v).UTC()
}

// Word reads what Writer.Word wrote.
func (r *Reader) Word() string {
	switch n := r.Byte(); {
	case n == 0:
		return r.String()
	case int(n) < len(words):
		return words[n]
	default:
		r.fail()
		return ""
	}
}

func (r *Reader) Digest() (v [32]byte) {
	copy(v[:], r.take(32))
	return v
}

// Flags reads booleans; on gives the i-th of them.
func (r *Reader) Flags() (on func(i int) bool) {
	v := r.Uint()
	return func(i int) bool { return v>>i&1 == 1 }
}

// Optional reads what Writer.Optional wrote.
func (r *Reader) Optional() *bool {
	v := r.Byte()
	if v == 0 {
		return nil
	}
	yes := v == 2
	return &yes
}

// Count reads a number of elements of at least least bytes each, so that a
// damaged number cannot ask for more memory than the value has.
func (r *Reader) Count(least int) int {
	n := r.Uint()
	if n > uint64(len(r.b)/least) {
		r.fail()
		return 0
	}
	return int(n)
}
