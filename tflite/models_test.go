package tflite_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Numbers of the file format.
const (
	typeFloat32, typeInt32, typeUint8, typeInt8 = byte(0), byte(2), byte(3), byte(9)

	add, conv, fullyConnected, mean, pad = 0, 3, 9, 40, 34

	addOptions, convOptions, fullyOptions, reducerOptions, padOptions = byte(11), byte(1), byte(8), byte(27), byte(22)
)

// design collects the parts of a model.
type design struct {
	tensors, buffers, operators, codes records
	kinds                              map[int]int
}

func newDesign() *design {
	return &design{buffers: records{{}}, kinds: map[int]int{}}
}

// tensor adds one and gives its number; data makes it a constant.
func (d *design) tensor(name string, kind byte, shape []int, data []byte, scales []float32, zeros ...int64) int {
	t := record{0: shape, 1: kind, 3: name}
	if data != nil {
		t[2] = len(d.buffers)
		d.buffers = append(d.buffers, record{0: data})
	}
	if scales != nil {
		if zeros == nil {
			zeros = make([]int64, len(scales))
		}
		t[4] = record{2: scales, 3: zeros}
	}
	d.tensors = append(d.tensors, t)
	return len(d.tensors) - 1
}

func (d *design) operator(code int, optionsKind byte, options record, inputs, outputs []int) {
	kind, ok := d.kinds[code]
	if !ok {
		kind = len(d.codes)
		d.kinds[code] = kind
		d.codes = append(d.codes, record{0: byte(code), 2: 3, 3: code})
	}
	d.operators = append(d.operators, record{0: kind, 1: inputs, 2: outputs, 3: optionsKind, 4: options})
}

func (d *design) file(inputs, outputs []int) []byte { return d.write(&writer{}, inputs, outputs) }

func (d *design) write(w *writer, inputs, outputs []int) []byte {
	return d.writeGraphs(w, 1, inputs, outputs)
}

// writeGraphs writes the same graph n times.
func (d *design) writeGraphs(w *writer, n int, inputs, outputs []int) []byte {
	graphs := slices.Repeat(records{{0: d.tensors, 1: inputs, 2: outputs, 3: d.operators, 4: "main"}}, n)
	w.b = []byte("\x00\x00\x00\x00TFL3")
	w.record(record{
		0: 3,
		1: d.codes,
		2: graphs,
		3: "made by a test",
		4: d.buffers,
	}, 0)
	return w.b
}

// same is the smallest model with a known answer: n bytes in, the same out.
func same(kind byte, n int) []byte {
	d := newDesign()
	weights := make([]byte, n*n)
	for i := range n {
		weights[i*n+i] = 1
	}
	zero := int64(0)
	in := d.tensor("in", kind, []int{1, n}, nil, []float32{0.5}, zero)
	w := d.tensor("weights", kind, []int{n, n}, weights, []float32{1}, zero)
	b := d.tensor("bias", typeInt32, []int{n}, make([]byte, 4*n), []float32{0.5}, zero)
	out := d.tensor("out", kind, []int{1, n}, nil, []float32{0.5}, zero)
	d.operator(fullyConnected, fullyOptions, record{0: byte(0)}, []int{in, w, b}, []int{out})
	return d.file([]int{in}, []int{out})
}

// twoHeads is a picture classifier in small: 16×16×3 int8 in, a padded
// convolution, the mean, and a head of 5 classes beside a head of 3.
func twoHeads() []byte {
	d := newDesign()
	scales := make([]float32, 8)
	for i := range scales {
		scales[i] = 0.01 + float32(i)*0.001
	}
	biasScales := make([]float32, 8)
	for i := range biasScales {
		biasScales[i] = scales[i] / 127.5
	}
	in := d.tensor("photo", typeInt8, []int{1, 16, 16, 3}, nil, []float32{1 / 127.5}, -1)
	pads := d.tensor("pads", typeInt32, []int{4, 2}, ints(0, 0, 0, 1, 0, 1, 0, 0), nil)
	padded := d.tensor("padded", typeInt8, []int{1, 17, 17, 3}, nil, []float32{1 / 127.5}, -1)
	kernel := d.tensor("kernel", typeInt8, []int{8, 3, 3, 3}, noise(8*27, 1), scales)
	kbias := d.tensor("kernel bias", typeInt32, []int{8}, ints(10, 20, -30, 40, 50, -60, 70, 80), biasScales)
	maps := d.tensor("maps", typeInt8, []int{1, 8, 8, 8}, nil, []float32{0.05}, 3)
	axes := d.tensor("axes", typeInt32, []int{2}, ints(1, 2), nil)
	features := d.tensor("features", typeInt8, []int{1, 8}, nil, []float32{0.02}, -5)
	d.operator(pad, padOptions, record{}, []int{in, pads}, []int{padded})
	d.operator(conv, convOptions, record{0: byte(1), 1: 2, 2: 2, 4: 1, 5: 1}, []int{padded, kernel, kbias}, []int{maps})
	d.operator(mean, reducerOptions, record{}, []int{maps, axes}, []int{features})
	head := func(name string, n int, seed uint64) int {
		w := d.tensor(name+" weights", typeInt8, []int{n, 8}, noise(n*8, seed), []float32{0.02})
		b := d.tensor(name+" bias", typeInt32, []int{n}, make([]byte, 4*n), []float32{0.0004})
		out := d.tensor(name, typeInt8, []int{1, n}, nil, []float32{0.1}, 7)
		d.operator(fullyConnected, fullyOptions, record{0: byte(0)}, []int{features, w, b}, []int{out})
		return out
	}
	return d.file([]int{in}, []int{head("class", 5, 2), head("gate", 3, 3)})
}

// floats is a model with a float input, as nobody should hand to the server.
func floats() []byte {
	d := newDesign()
	one := binary.LittleEndian.AppendUint32(nil, 0x3f800000)
	in := d.tensor("in", typeFloat32, []int{1, 1}, nil, nil)
	w := d.tensor("weights", typeFloat32, []int{1, 1}, one, nil)
	b := d.tensor("bias", typeFloat32, []int{1}, make([]byte, 4), nil)
	out := d.tensor("out", typeFloat32, []int{1, 1}, nil, nil)
	d.operator(fullyConnected, fullyOptions, record{0: byte(0)}, []int{in, w, b}, []int{out})
	return d.file([]int{in}, []int{out})
}

// twoInputs adds one row of bytes to another.
func twoInputs() []byte {
	d := newDesign()
	tensor := func(name string) int {
		return d.tensor(name, typeInt8, []int{1, 4}, nil, []float32{0.5})
	}
	a, b, out := tensor("a"), tensor("b"), tensor("sum")
	d.operator(add, addOptions, record{}, []int{a, b}, []int{out})
	return d.file([]int{a, b}, []int{out})
}

// otherOperator gathers, whose indices no check follows.
func otherOperator() []byte {
	const gather, gatherOptions = 36, byte(23)
	d := newDesign()
	in := d.tensor("in", typeInt8, []int{4}, nil, []float32{0.5})
	at := d.tensor("at", typeInt32, []int{1}, ints(1<<30), nil)
	out := d.tensor("out", typeInt8, []int{1}, nil, []float32{0.5})
	d.operator(gather, gatherOptions, record{}, []int{in, at}, []int{out})
	return d.file([]int{in}, []int{out})
}

// twoGraphs is a model of which only the first graph would ever run.
func twoGraphs() []byte {
	d := newDesign()
	in := d.tensor("in", typeInt8, []int{1, 4}, nil, []float32{0.5})
	out := d.tensor("out", typeInt8, []int{1, 4}, nil, []float32{0.5})
	d.operator(add, addOptions, record{}, []int{in, in}, []int{out})
	return d.writeGraphs(&writer{}, 2, []int{in}, []int{out})
}

// tangled is a file of moderate size whose parts all lead to the same large row.
func tangled() []byte {
	const rows = 1 << 15
	d := newDesign()
	in := d.tensor("in", typeInt8, []int{1, 4}, nil, []float32{0.5})
	scales := make([]float32, rows)
	for i := range scales {
		scales[i] = 1
	}
	wide := d.tensor("wide", typeInt8, []int{rows}, nil, scales)
	for range rows {
		d.tensors = append(d.tensors, d.tensors[wide])
	}
	out := d.tensor("out", typeInt8, []int{1, 4}, nil, []float32{0.5})
	d.operator(add, addOptions, record{}, []int{in, in}, []int{out})
	w := &writer{shared: true}
	return d.write(w, []int{in}, []int{out})
}

// noise is a row of bytes that look random and are always the same.
func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	x := seed*0x9e3779b97f4a7c15 + 1
	for i := range b {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b[i] = byte(x)
	}
	return b
}

func write(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// real is one of the program's own models.
func real(t testing.TB) string {
	t.Helper()
	path := filepath.Join("..", "models", "leaf-mobilenetv2.tflite")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("needs the trained model: %v", err)
	}
	return path
}
