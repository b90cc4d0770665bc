package models

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// The form of a head's and a memory's file: a mark, the length of a JSON
// description, the description, then the arrays as they are, little-endian.
const (
	arraysMark = "MSARRAY1"
	// MaxArraysBytes bounds such a file; a memory has about a megabyte.
	MaxArraysBytes = 16 << 20
	maxDescription = 64 << 10
)

// ErrArrays: a head's or memory's file is not one.
var ErrArrays = errors.New("the file of arrays is not valid")

// arrayFile is the description of a file of arrays.
type arrayFile struct {
	What         string                `json:"what"`
	Quantisation map[string][2]float64 `json:"quantisation,omitempty"`
	Constants    json.RawMessage       `json:"constants,omitempty"`
	Arrays       []arrayEntry          `json:"arrays"`
}

type arrayEntry struct {
	Name    string `json:"name"`
	Type    string `json:"type"` // i8, i32, f32
	Rows    int    `json:"rows"`
	Columns int    `json:"columns"`
}

// array is one of them, its values as numbers.
type array struct {
	rows, columns int
	values        []float32
}

// row is a row of it, for reading.
func (a array) row(i int) []float32 {
	return a.values[i*a.columns : (i+1)*a.columns : (i+1)*a.columns]
}

// byRows is all of them.
func (a array) byRows() [][]float32 {
	out := make([][]float32, a.rows)
	for i := range out {
		out[i] = a.row(i)
	}
	return out
}

var widths = map[string]int{"i8": 1, "i32": 4, "f32": 4}

// unpack reads a file of arrays. Every size is checked before memory is taken.
func unpack(file []byte, what string) (arrayFile, map[string]array, error) {
	var d arrayFile
	fail := func(text string, args ...any) (arrayFile, map[string]array, error) {
		return d, nil, fmt.Errorf("%w: %s", ErrArrays, fmt.Sprintf(text, args...))
	}
	const fixed = len(arraysMark) + 4
	if len(file) < fixed || len(file) > MaxArraysBytes || string(file[:len(arraysMark)]) != arraysMark {
		return fail("it does not begin as one, or has more than %d bytes", MaxArraysBytes)
	}
	n := int(binary.LittleEndian.Uint32(file[len(arraysMark):]))
	if n > maxDescription || n > len(file)-fixed {
		return fail("its description has %d bytes", n)
	}
	if err := json.Unmarshal(file[fixed:fixed+n], &d); err != nil {
		return fail("%v", err)
	}
	if d.What != what {
		return fail("it is a %q, not a %q", d.What, what)
	}
	rest := file[fixed+n:]
	found := map[string]array{}
	for _, e := range d.Arrays {
		width := widths[e.Type]
		if width == 0 || e.Rows < 0 || e.Columns < 1 || e.Rows > MaxArraysBytes || e.Columns > MaxArraysBytes || e.Rows*e.Columns > len(rest)/width {
			return fail("array %q is of %d × %d %q", e.Name, e.Rows, e.Columns, e.Type)
		}
		if _, twice := found[e.Name]; twice {
			return fail("array %q stands twice", e.Name)
		}
		a := array{e.Rows, e.Columns, make([]float32, e.Rows*e.Columns)}
		for i := range a.values {
			a.values[i] = number(e.Type, rest[i*width:])
			if v := float64(a.values[i]); math.IsNaN(v) || math.IsInf(v, 0) {
				return fail("array %q has a value that is no number", e.Name)
			}
		}
		rest = rest[len(a.values)*width:]
		found[e.Name] = a
	}
	if len(rest) > 0 {
		return fail("%d bytes follow its arrays", len(rest))
	}
	return d, found, nil
}

func number(kind string, b []byte) float32 {
	switch kind {
	case "i8":
		return float32(int8(b[0]))
	case "i32":
		return float32(int32(binary.LittleEndian.Uint32(b)))
	default:
		return math.Float32frombits(binary.LittleEndian.Uint32(b))
	}
}

// packArrays writes what unpack reads; all arrays are float32.
func packArrays(d arrayFile, arrays map[string][][]float32, order []string) ([]byte, error) {
	d.Arrays = nil
	var body bytes.Buffer
	for _, name := range order {
		rows := arrays[name]
		if len(rows) == 0 {
			continue
		}
		d.Arrays = append(d.Arrays, arrayEntry{name, "f32", len(rows), len(rows[0])})
		for _, r := range rows {
			if len(r) != len(rows[0]) {
				return nil, fmt.Errorf("%w: rows of %q differ in length", ErrArrays, name)
			}
			for _, v := range r {
				_ = binary.Write(&body, binary.LittleEndian, v) // a buffer takes everything
			}
		}
	}
	head, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("cannot describe the arrays: %w", err)
	}
	out := append([]byte(arraysMark), binary.LittleEndian.AppendUint32(nil, uint32(len(head)))...)
	return append(append(out, head...), body.Bytes()...), nil
}
