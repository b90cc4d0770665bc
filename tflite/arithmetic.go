package tflite

// The operators of picture classifiers, by their codes in the file format.
// Kernels trust the declared shapes: one that does not follow from the inputs
// makes them read past their memory. A model with any other operator is refused,
// since nothing here could tell whether its shapes hold.
const (
	opAdd           = 0
	opAveragePool   = 1
	opConcat        = 2
	opConv          = 3
	opDepthwiseConv = 4
	opDequantize    = 6
	opFullyConn     = 9
	opL2Pool        = 12
	opLogistic      = 14
	opMaxPool       = 17
	opMul           = 18
	opRelu          = 19
	opRelu6         = 21
	opReshape       = 22
	opSoftmax       = 25
	opTanh          = 28
	opPad           = 34
	opMean          = 40
	opSub           = 41
	opDiv           = 42
	opSqueeze       = 43
	opCast          = 53
	opMaximum       = 55
	opMinimum       = 57
	opPadV2         = 60
	opSum           = 74
	opReduceMax     = 82
	opReduceMin     = 89
	opLeakyRelu     = 98
	opQuantize      = 114
	opHardSwish     = 117
)

// form is what an operator needs: inputs, options and a shape for its output.
type form struct {
	inputs  int   // at least
	options uint8 // which table must be present; 0: any or none
	check   func(g *graphCheck, s step) bool
}

var forms = map[int32]form{
	opAdd:           {2, 0, broadcast},
	opMul:           {2, 0, broadcast},
	opSub:           {2, 0, broadcast},
	opDiv:           {2, 0, broadcast},
	opMaximum:       {2, 0, broadcast},
	opMinimum:       {2, 0, broadcast},
	opConv:          {2, 1, convolution},
	opDepthwiseConv: {3, 2, depthwise},
	opFullyConn:     {2, 8, fullyConnected},
	opAveragePool:   {1, 5, pooling},
	opL2Pool:        {1, 5, pooling},
	opMaxPool:       {1, 5, pooling},
	opConcat:        {1, 10, concatenation},
	opMean:          {2, 27, reduction},
	opSum:           {2, 27, reduction},
	opReduceMax:     {2, 27, reduction},
	opReduceMin:     {2, 27, reduction},
	opPad:           {2, 0, padding},
	opPadV2:         {3, 0, padding},
	opReshape:       {1, 0, sameCount},
	opSqueeze:       {1, 0, sameCount},
	opSoftmax:       {1, 9, sameShape},
	opDequantize:    {1, 0, sameShape},
	opQuantize:      {1, 0, sameShape},
	opLogistic:      {1, 0, sameShape},
	opRelu:          {1, 0, sameShape},
	opRelu6:         {1, 0, sameShape},
	opTanh:          {1, 0, sameShape},
	opCast:          {1, 0, sameShape},
	opLeakyRelu:     {1, 0, sameShape},
	opHardSwish:     {1, 0, sameShape},
}

// step is an operator with its operands resolved.
type step struct {
	index           int
	code            int32
	inputs, outputs []int32
	kind            uint8 // of its options
	options         table
}

func (g *graphCheck) arithmetic(s step) {
	f := forms[s.code]
	if len(s.inputs) < f.inputs || len(s.outputs) != 1 {
		g.fail("operator %d has %d inputs and %d outputs", s.index, len(s.inputs), len(s.outputs))
		return
	}
	for k, in := range s.inputs {
		// Only a bias or a tensor of options may be left out.
		if in < 0 && k < min(f.inputs, 2) {
			g.fail("operator %d lacks input %d", s.index, k)
			return
		}
	}
	if f.options != 0 && s.kind != f.options {
		g.fail("operator %d has options of kind %d", s.index, s.kind)
		return
	}
	if !f.check(g, s) && g.err == nil {
		g.fail("operator %d (kind %d) does not make %v of %v", s.index, s.code,
			g.tensors[s.outputs[0]].shape, g.tensors[s.inputs[0]].shape)
	}
}

func (g *graphCheck) in(s step, k int) *tensorCheck { return &g.tensors[s.inputs[k]] }
func (g *graphCheck) out(s step) *tensorCheck       { return &g.tensors[s.outputs[0]] }

// count is the number of elements.
func (c *tensorCheck) count() int64 {
	n := int64(1)
	for _, d := range c.shape {
		n *= int64(d)
	}
	return n
}

// numbers reads a constant tensor of int32, ok only when it is one.
func (g *graphCheck) numbers(c *tensorCheck) (out []int32, ok bool) {
	data := g.buffers[c.buffer]
	if !c.constant || c.kind != Int32 || data.n%4 != 0 || data.n > 4*maxOperands {
		return nil, false
	}
	for i := range data.n / 4 {
		out = append(out, data.i32(i))
	}
	return out, g.err == nil
}
