package tflite

import "math"

// graphCheck checks the graph: its tensors, then its operators in the order in
// which they run.
type graphCheck struct {
	*modelCheck
	table   table
	tensors []tensorCheck
}

type tensorCheck struct {
	kind     Type
	shape    []int32
	bytes    int64
	buffer   int  // index; 0 is none
	constant bool // its buffer holds data
	ready    bool // has a value when the next operator runs
	weights  bool // read as the weights of a convolution or a dense layer
	other    bool // read or handed out in any other way
}

// The fields of a SubGraph, a Tensor and an Operator in the schema.
const (
	graphTensors = iota
	graphInputs
	graphOutputs
	graphOperators
)

const (
	tensorShape = iota
	tensorType
	tensorBuffer
	tensorName
	tensorQuantization
	tensorVariable
	tensorSparsity
	tensorSignature
	tensorHasRank
	tensorVariants
)

const (
	operatorCode = iota
	operatorInputs
	operatorOutputs
	operatorOptionsType
	operatorOptions
	operatorCustom
	_
	operatorMutating
	operatorIntermediates
	operatorLargeCustom
	_
	operatorOptions2Type
	operatorOptions2
)

func (g *graphCheck) check() (nodes int) {
	g.readTensors()
	inputs := g.indices(g.table, graphInputs, false)
	for _, i := range inputs {
		if g.tensors[i].constant {
			g.fail("input tensor %d is a constant", i)
		}
		g.tensors[i].ready = true
	}
	v := g.table.vector(graphOperators, 4)
	if v.n > maxOperators {
		g.fail("it has %d operators", v.n)
	}
	for i := 0; i < v.n && g.err == nil; i++ {
		g.operator(i, v.table(i))
	}
	outputs := g.indices(g.table, graphOutputs, false)
	for _, i := range outputs {
		if !g.tensors[i].ready {
			g.fail("no operator computes output tensor %d", i)
		}
		g.tensors[i].other = true
	}
	if g.err == nil && (len(inputs) == 0 || len(outputs) == 0 || v.n == 0) {
		g.fail("it has %d inputs, %d outputs and %d operators", len(inputs), len(outputs), v.n)
	}
	return v.n
}

// indices reads a row of tensor numbers; −1 stands for none where optional.
func (g *graphCheck) indices(t table, field uint16, optional bool) []int32 {
	v := t.vector(field, 4)
	if v.n > maxOperands {
		g.fail("%d tensors stand in one row", v.n)
		return nil
	}
	out := make([]int32, 0, v.n)
	for i := range v.n {
		at := v.i32(i)
		if at < -1 || at == -1 && !optional || int(at) >= len(g.tensors) {
			g.fail("tensor %d of %d is named", at, len(g.tensors))
			return nil
		}
		out = append(out, at)
	}
	return out
}

func (g *graphCheck) readTensors() {
	v := g.table.vector(graphTensors, 4)
	if v.n > maxTensors {
		g.fail("it has %d tensors", v.n)
		return
	}
	g.tensors = make([]tensorCheck, 0, v.n)
	for i := 0; i < v.n && g.err == nil; i++ {
		g.tensors = append(g.tensors, g.tensor(i, v.table(i)))
	}
}

func (g *graphCheck) tensor(i int, t table) tensorCheck {
	c := tensorCheck{kind: Type(t.u8(tensorType)), buffer: int(t.i32(tensorBuffer, 0))}
	t.bytes(tensorName)
	if c.kind >= numTypes {
		g.fail("tensor %d has unknown type %d", i, c.kind)
	}
	if c.buffer < 0 || c.buffer >= len(g.buffers) {
		g.fail("tensor %d names buffer %d of %d", i, c.buffer, len(g.buffers))
		return c
	}
	c.constant = g.buffers[c.buffer].n > 0
	c.ready = c.constant
	if t.u8(tensorVariable) != 0 || t.has(tensorSparsity) || t.vector(tensorVariants, 4).n > 0 {
		g.fail("tensor %d is variable, sparse or a variant, which is not supported", i)
	}

	shape := t.vector(tensorShape, 4)
	signature := t.vector(tensorSignature, 4)
	if shape.n > maxRank || signature.n > maxRank {
		g.fail("tensor %d has %d dimensions", i, max(shape.n, signature.n))
		return c
	}
	c.bytes = max(1, int64(c.kind.Size()))
	for d := range shape.n {
		n := shape.i32(d)
		c.shape = append(c.shape, n)
		if n < 0 || int64(n) > maxTensorBytes {
			g.fail("tensor %d has a dimension of %d", i, n)
			return c
		}
		if c.bytes *= int64(n); c.bytes > maxTensorBytes {
			g.fail("tensor %d takes more than %d MiB", i, maxTensorBytes>>20)
			return c
		}
	}
	for d := range signature.n {
		if n := signature.i32(d); n < -1 {
			g.fail("tensor %d has a dimension of %d", i, n)
		}
	}
	switch data := int64(g.buffers[c.buffer].n); {
	case data == 0, c.kind == String, c.kind == Resource, c.kind == Variant:
	case c.kind == Int4 && data == (c.bytes+1)/2:
	case data != c.bytes:
		g.fail("tensor %d needs %d bytes, and its buffer has %d", i, c.bytes, data)
	}
	g.quantization(i, c, t.table(tensorQuantization))
	return c
}

// The fields of QuantizationParameters in the schema.
const (
	quantMin = iota
	quantMax
	quantScale
	quantZero
	quantDetailsType
	quantDetails
	quantDimension
)

// Scales outside these bounds come from no training, and end in asserts of the
// fixed-point arithmetic.
const (
	smallestScale = 1e-20
	largestScale  = 1e20
)

func (g *graphCheck) quantization(i int, c tensorCheck, q table) {
	q.vector(quantMin, 4)
	q.vector(quantMax, 4)
	scales, zeros := q.vector(quantScale, 4), q.vector(quantZero, 8)
	if q.u8(quantDetailsType) != 0 || q.has(quantDetails) {
		g.fail("tensor %d has a custom quantisation, which is not supported", i)
	}
	if scales.n == 0 && zeros.n == 0 {
		return
	}
	if zeros.n != scales.n {
		g.fail("tensor %d has %d scales and %d zero points", i, scales.n, zeros.n)
		return
	}
	if scales.n > 1 {
		d := q.i32(quantDimension, 0)
		if d < 0 || int(d) >= len(c.shape) || int(c.shape[d]) != scales.n {
			g.fail("tensor %d has %d scales along dimension %d of %v", i, scales.n, d, c.shape)
			return
		}
	}
	low, high := int64(math.MinInt32), int64(math.MaxInt32)
	switch c.kind {
	case UInt8:
		low, high = 0, 255
	case Int8:
		low, high = -128, 127
	case Int16, Int4:
		low, high = -32768, 32767
	}
	for j := range scales.n {
		s := float64(math.Float32frombits(uint32(scales.i32(j))))
		if !(s >= smallestScale && s <= largestScale) {
			g.fail("tensor %d has the scale %g", i, s)
			return
		}
		if z := zeros.i64(j); z < low || z > high {
			g.fail("tensor %d has the zero point %d", i, z)
			return
		}
	}
}
