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
	smallestModel   = 64 // bytes; the smallest that has an operator is larger
	identifierPlace = 4
)

var (
	identifier = []byte("TFL3")
	lfsText    = []byte("version https://git-lfs.github.com/spec/")
)

// checkModel looks at what the library follows blindly when it runs a model: the
// operators, their order, the shapes that they declare, sizes, indices and the
// numbers that kernels divide by. It returns the number of operators, and where
// the weights lie that a kernel which packs them reads once.
//
// The digest says that a file is the one that the manifest means. This check is
// for files that come with a manifest of their own: a model may come from
// anywhere, and what it refuses would end the process. It is strict: one graph,
// of the operators in forms. Metadata and signatures are not looked at, as
// nothing here asks the library for them.
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
)

func (m *modelCheck) check() (nodes int, weights []extent) {
	if v := m.root.i32(modelVersion, 0); v != schemaVersion {
		m.fail("its schema has version %d, and %d is known", v, schemaVersion)
	}
	m.readBuffers()
	m.readOpcodes()

	graphs := m.root.vector(modelSubgraphs, 4)
	if graphs.n != 1 {
		m.fail("it has %d graphs, and one is expected", graphs.n)
	}
	if m.err != nil {
		return 0, nil
	}
	g := &graphCheck{modelCheck: m, table: graphs.table(0)}
	if nodes = g.check(); m.err != nil {
		return 0, nil
	}
	return nodes, g.weights()
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
		if _, ok := forms[code]; !ok && m.err == nil {
			m.fail("operator %d %q is not one that picture classifiers are made of", code, custom)
		}
		m.opcodes = append(m.opcodes, code)
	}
}
