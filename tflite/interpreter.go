package tflite

import (
	"bytes"
	"errors"
	"fmt"
	"unsafe"

	"github.com/mattn/go-tflite"
)

// interpreter is one place of the pool. One goroutine at a time may use it.
type interpreter struct {
	c        *tflite.Interpreter
	delegate *xnnpack // nil on the default path
	plan     *planReader
	own      *loaded // the model, where it is not the pool's

	// Windows into the library's memory, fixed once tensors are allocated.
	input   []byte
	outputs [][]byte
}

// newInterpreter makes one and allocates its tensors. It does not run it: that
// must wait until the weights cache is finalised.
func newInterpreter(model *tflite.Model, cfg Config, cache *weightsCache) (*interpreter, error) {
	it := &interpreter{}
	if err := it.build(model, cfg, cache); err != nil {
		it.Close()
		return nil, err
	}
	return it, nil
}

func (it *interpreter) build(model *tflite.Model, cfg Config, cache *weightsCache) error {
	options := tflite.NewInterpreterOptions()
	if options == nil {
		return errors.New("the library gives no options")
	}
	defer options.Delete()
	options.SetNumThread(cfg.Threads)
	if !cfg.DefaultPath {
		if it.delegate = newXNNPACK(cfg.Threads, cache); it.delegate == nil {
			return errors.New("the library gives no XNNPACK delegate")
		}
		options.AddDelegate(it.delegate)
	}
	if it.plan = newPlanReader(); it.plan == nil {
		return errors.New("the library gives no delegate of our own")
	}
	options.AddDelegate(it.plan)
	if it.c = tflite.NewInterpreter(model, options); it.c == nil {
		return fmt.Errorf("%w: the library refuses its operators (it says why on standard error)", ErrDamaged)
	}
	if it.c.AllocateTensors() != tflite.OK {
		return fmt.Errorf("%w: the library cannot lay out its tensors (it says why on standard error)", ErrDamaged)
	}
	return it.windows()
}

// windows keeps where the library has the tensors' bytes.
func (it *interpreter) windows() error {
	if n := it.c.GetInputTensorCount(); n != 1 {
		return fmt.Errorf("%w: it has %d inputs, and one is expected", ErrShape, n)
	}
	var err error
	if it.input, err = window(it.c.GetInputTensor(0)); err != nil {
		return fmt.Errorf("input: %w", err)
	}
	for i := range it.c.GetOutputTensorCount() {
		w, err := window(it.c.GetOutputTensor(i))
		if err != nil {
			return fmt.Errorf("output %d: %w", i, err)
		}
		it.outputs = append(it.outputs, w)
	}
	return nil
}

func window(t *tflite.Tensor) ([]byte, error) {
	if t == nil {
		return nil, fmt.Errorf("%w: the library has no such tensor", ErrDamaged)
	}
	d, err := describe(t)
	if err != nil {
		return nil, err
	}
	// A tensor of changing shape has no place before the first run.
	p, n := t.Data(), int(t.ByteSize())
	if p == nil || n == 0 || n != d.Bytes() {
		return nil, fmt.Errorf("%w: tensor %s %v has no fixed place", ErrShape, d.Type, d.Shape)
	}
	return unsafe.Slice((*byte)(p), n), nil
}

// describe reads what the library says of a tensor.
func describe(t *tflite.Tensor) (Tensor, error) {
	q := t.QuantizationParams()
	d := Tensor{Name: t.Name(), Shape: t.Shape(), Scale: q.Scale, ZeroPoint: q.ZeroPoint}
	switch t.Type() {
	case tflite.Float32:
		d.Type = Float32
	case tflite.Int32:
		d.Type = Int32
	case tflite.UInt8:
		d.Type = UInt8
	case tflite.Int64:
		d.Type = Int64
	case tflite.Bool:
		d.Type = Bool
	case tflite.Int16:
		d.Type = Int16
	case tflite.Int8:
		d.Type = Int8
	default:
		return d, fmt.Errorf("%w: tensor %q is of a type that cannot be copied", ErrShape, d.Name)
	}
	return d, nil
}

func (it *interpreter) tensors() (input Tensor, outputs []Tensor) {
	// windows has described them all without an error.
	input, _ = describe(it.c.GetInputTensor(0))
	for i := range it.outputs {
		out, _ := describe(it.c.GetOutputTensor(i))
		outputs = append(outputs, out)
	}
	return input, outputs
}

// answer runs it on an input that looks like nothing and gives all outputs.
func (it *interpreter) answer() ([]byte, error) {
	for i := range it.input {
		it.input[i] = byte(i * i >> 4)
	}
	if !it.invoke() {
		return nil, fmt.Errorf("%w: the library cannot run it", ErrDamaged)
	}
	return bytes.Join(it.outputs, nil), nil
}

// invoke computes the outputs from what lies in input.
func (it *interpreter) invoke() bool { return it.c.Invoke() == tflite.OK }

// Close frees what there is, each once and users before what they use.
func (it *interpreter) Close() {
	if it.c != nil {
		it.c.Delete()
		it.c = nil
	}
	if it.plan != nil {
		it.plan.Delete()
		it.plan = nil
	}
	if it.delegate != nil {
		it.delegate.Delete()
		it.delegate = nil
	}
	if it.own != nil {
		it.own.Close()
		it.own = nil
	}
	it.input, it.outputs = nil, nil
}
