package tflite

// operator checks that operator i exists, that what it reads has been computed
// before it and that what it writes may be written.
func (g *graphCheck) operator(i int, t table) {
	code := t.i32(operatorCode, 0)
	if code < 0 || int(code) >= len(g.opcodes) {
		g.fail("operator %d is of kind %d of %d", i, code, len(g.opcodes))
		return
	}
	if t.has(operatorLargeCustom) && t.i32(operatorLargeCustom, 0) != 0 {
		g.fail("operator %d keeps options outside the model proper", i)
	}
	t.bytes(operatorCustom)
	t.vector(operatorMutating, 1)
	g.indices(t, operatorIntermediates, true)
	inputs := g.indices(t, operatorInputs, true)
	outputs := g.indices(t, operatorOutputs, false)
	if g.err != nil {
		return
	}
	for _, in := range inputs {
		if in >= 0 && !g.tensors[in].ready {
			// An empty constant has no data to point to; its length says so.
			if g.tensors[in].bytes == 0 {
				continue
			}
			g.fail("operator %d reads tensor %d before it is computed", i, in)
			return
		}
	}
	for _, out := range outputs {
		if c := &g.tensors[out]; c.constant || c.ready {
			g.fail("operator %d writes tensor %d, which is taken", i, out)
			return
		}
		g.tensors[out].ready = true
	}
	g.reads(g.opcodes[code], inputs)
	g.arithmetic(step{i, g.opcodes[code], inputs, outputs, t.u8(operatorOptionsType), t.table(operatorOptions)})
}

// reads notes which constants are weights and nothing else.
func (g *graphCheck) reads(code int32, inputs []int32) {
	for k, in := range inputs {
		switch {
		case in < 0:
		case k == 1 && (code == opConv || code == opDepthwiseConv || code == opFullyConn):
			g.tensors[in].weights = true
		default:
			g.tensors[in].other = true
		}
	}
}

// weights are the bytes of the file that kernels which pack them no longer need.
func (g *graphCheck) weights() (all []extent) {
	only := map[int]bool{} // by buffer, which several tensors may share
	for _, t := range g.tensors {
		alone, known := only[t.buffer]
		only[t.buffer] = (alone || !known) && t.weights && !t.other
	}
	for i, b := range g.buffers {
		if b.n > 0 && only[i] {
			all = append(all, extent{int(b.pos), b.n})
		}
	}
	return all
}
