package tflite

import "fmt"

// Type is the type of a tensor's elements, numbered as in the file format.
type Type uint8

// The types of the file format. A model may use any inside; its input and
// outputs must be of a type with a fixed Size.
const (
	Float32 Type = iota
	Float16
	Int32
	UInt8
	Int64
	String
	Bool
	Int16
	Complex64
	Int8
	Float64
	Complex128
	UInt64
	Resource
	Variant
	UInt32
	UInt16
	Int4
	numTypes
)

var types = [numTypes]struct {
	name string
	size int
}{
	Float32:    {"float32", 4},
	Float16:    {"float16", 2},
	Int32:      {"int32", 4},
	UInt8:      {"uint8", 1},
	Int64:      {"int64", 8},
	String:     {"string", 0},
	Bool:       {"bool", 1},
	Int16:      {"int16", 2},
	Complex64:  {"complex64", 8},
	Int8:       {"int8", 1},
	Float64:    {"float64", 8},
	Complex128: {"complex128", 16},
	UInt64:     {"uint64", 8},
	Resource:   {"resource", 0},
	Variant:    {"variant", 0},
	UInt32:     {"uint32", 4},
	UInt16:     {"uint16", 2},
	Int4:       {"int4", 0},
}

// String is the type's usual name.
func (t Type) String() string {
	if t >= numTypes {
		return fmt.Sprintf("type %d", uint8(t))
	}
	return types[t].name
}

// Size is the number of bytes of one element, 0 where that is not fixed.
func (t Type) Size() int {
	if t >= numTypes {
		return 0
	}
	return types[t].size
}

// Tensor describes an input or an output. An element q stands for the value
// Scale × (q − ZeroPoint); Scale is 0 where the tensor is not quantised.
type Tensor struct {
	Name      string
	Type      Type
	Shape     []int
	Scale     float64
	ZeroPoint int
}

// Bytes is the length of the buffer that Run expects for the tensor.
func (t Tensor) Bytes() int {
	n := t.Type.Size()
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Info describes an open model.
type Info struct {
	Path    string // as given to Open
	Bytes   int64  // of the file
	Input   Tensor
	Outputs []Tensor // in the order of the file

	// Delegate is "XNNPACK" where the delegate runs at least one node, and ""
	// where TensorFlow Lite's own kernels run all.
	Delegate string

	// TotalNodes is the number of operators in the file, DelegatedNodes how
	// many of them the delegate took over: read from the plan by which the
	// interpreters run, not from what was asked for.
	TotalNodes, DelegatedNodes int
}
