package tflite

import (
	"bytes"
	"fmt"
)

// Bounds of what is taken for a model. They are far above any picture
// classifier, and keep a damaged number from becoming gigabytes.
const (
	schemaVersion   = 3
	maxRank         = 8
	maxTensors      = 1 << 16
	maxOperators    = 1 << 16
	maxOperands     = 1 << 10
	maxTensorBytes  = 256 << 20
	maxSubgraphs    = 64
	smallestModel   = 64 // bytes; the smallest that has an operator is larger
	identifierPlace = 4
)

var (
	identifier = []byte("TFL3")
	lfsText    = []byte("version https://git-lfs.github.com/spec/")
)

// checkModel looks at everything in a model file that the library would follow
// blindly: offsets, indices, sizes, the order of operators and the numbers that
// kernels divide by. It gives the number of operators of the main graph, and
// where the weights lie that a kernel which packs them reads once.
//
// What it accepts may still be another model than was meant (weights are not
// looked at); the manifest's sha256 is there for that.
func checkModel(b []byte) (nodes int, weights []extent, err error) {
	switch {
	case len(b) == 0:
		return 0, nil, ErrEmpty
	case bytes.HasPrefix(b, lfsText):
		return 0, nil, ErrLFSPointer
	case len(b) < identifierPlace+len(identifier) || !bytes.Equal(b[identifierPlace:][:len(identifier)], identifier):
		return 0, nil, fmt.Errorf("%w: the mark TFL3 is missing", ErrNotModel)
	case len(b) < smallestModel:
		return 0, nil, fmt.Errorf("%w: %d bytes hold no model", ErrDamaged, len(b))
	}
	r := &reader{b: b}
	m := &modelCheck{reader: r, root: r.table(uint64(r.u32(0)))}
	nodes, weights = m.check()
	return nodes, weights, r.err
}

// modelCheck holds what the parts of a model refer to.
type modelCheck struct {
	*reader
	root    table
	buffers []vector // each buffer's data
	opcodes []int32
}

// The fields of a Model, in the order of the file format's schema.
const (
	modelVersion = iota
	modelOperatorCodes
	modelSubgraphs
	modelDescription
	modelBuffers
	modelMetadataBuffer
	modelMetadata
	modelSignatures
)

func (m *modelCheck) check() (nodes int, weights []extent) {
	if v := m.root.i32(modelVersion, 0); v != schemaVersion {
		m.fail("its schema has version %d, and %d is known", v, schemaVersion)
	}
	m.root.bytes(modelDescription)
	m.readBuffers()
	m.readOpcodes()

	subgraphs := m.root.vector(modelSubgraphs, 4)
	if subgraphs.n < 1 || subgraphs.n > maxSubgraphs {
		m.fail("it has %d graphs", subgraphs.n)
	}
	tensors := make([]int, 0, 1)
	for i := 0; i < subgraphs.n && m.err == nil; i++ {
		g := &graphCheck{modelCheck: m, table: subgraphs.table(i), main: i == 0}
		n := g.check()
		if i == 0 {
			nodes = n
			if subgraphs.n == 1 && m.err == nil {
				weights = g.weights()
			}
		}
		tensors = append(tensors, len(g.tensors))
	}
	m.checkMetadata()
	m.checkSignatures(tensors)
	return nodes, weights
}

func (m *modelCheck) readBuffers() {
	v := m.root.vector(modelBuffers, 4)
	if v.n < 1 || v.n > maxTensors {
		m.fail("it has %d buffers", v.n)
	}
	m.buffers = make([]vector, 0, min(v.n, maxTensors))
	for i := 0; i < v.n && m.err == nil; i++ {
		t := v.table(i)
		data := t.vector(0, 1)
		// A buffer may lie behind the FlatBuffer, in files above 2 GB. Such
		// are not accepted, so the fields must not say so.
		if t.has(1) || t.has(2) {
			m.fail("buffer %d lies outside the model proper", i)
		}
		if data.n > 0 && data.pos%4 != 0 {
			m.fail("buffer %d is not aligned", i)
		}
		m.buffers = append(m.buffers, data)
	}
	if m.err == nil && m.buffers[0].n != 0 {
		m.fail("buffer 0, which stands for none, holds data")
	}
}

func (m *modelCheck) readOpcodes() {
	v := m.root.vector(modelOperatorCodes, 4)
	if v.n > maxOperators {
		m.fail("it has %d kinds of operators", v.n)
	}
	for i := 0; i < v.n && m.err == nil; i++ {
		t := v.table(i)
		// Codes above 127 stand in the newer field, older files have only the
		// older one: the larger of both counts.
		code := max(int32(int8(t.u8(0))), t.i32(3, 0))
		custom := t.bytes(1)
		t.i32(2, 1)
		if code < 0 || code == opCustom && len(custom) == 0 {
			m.fail("operator kind %d has no name", i)
		}
		m.opcodes = append(m.opcodes, code)
	}
}

func (m *modelCheck) checkMetadata() {
	v := m.root.vector(modelMetadata, 4)
	for i := 0; i < v.n && m.err == nil; i++ {
		t := v.table(i)
		t.bytes(0)
		if b := t.i32(1, 0); b < 0 || int(b) >= len(m.buffers) {
			m.fail("metadata %d names buffer %d of %d", i, b, len(m.buffers))
		}
	}
	old := m.root.vector(modelMetadataBuffer, 4)
	for i := 0; i < old.n && m.err == nil; i++ {
		if b := old.i32(i); b < 0 || int(b) >= len(m.buffers) {
			m.fail("metadata %d names buffer %d of %d", i, b, len(m.buffers))
		}
	}
}

// checkSignatures takes the number of tensors of each graph.
func (m *modelCheck) checkSignatures(tensors []int) {
	v := m.root.vector(modelSignatures, 4)
	for i := 0; i < v.n && m.err == nil; i++ {
		t := v.table(i)
		t.bytes(2)
		g := t.i32(4, 0)
		if g < 0 || int(g) >= len(tensors) {
			m.fail("signature %d names graph %d of %d", i, g, len(tensors))
			return
		}
		for _, field := range []uint16{0, 1} {
			maps := t.vector(field, 4)
			for j := 0; j < maps.n && m.err == nil; j++ {
				entry := maps.table(j)
				entry.bytes(0)
				if at := entry.i32(1, 0); at < 0 || int(at) >= tensors[g] {
					m.fail("signature %d names tensor %d of %d", i, at, tensors[g])
				}
			}
		}
	}
}
