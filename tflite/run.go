package tflite

import (
	"context"
	"fmt"
)

// Run copies input into a free interpreter, computes, and copies each output
// into the slice of outputs with the same index; a nil slice skips that output.
// It waits for a free interpreter until ctx ends. Nothing is allocated.
func (m *Model) Run(ctx context.Context, input []byte, outputs [][]byte) error {
	if len(input) != m.info.Input.Bytes() {
		return fmt.Errorf("cannot run model %s: %w: the input has %d bytes, and %d are needed", m.info.Path, ErrBuffer, len(input), m.info.Input.Bytes())
	}
	if len(outputs) != len(m.info.Outputs) {
		return fmt.Errorf("cannot run model %s: %w: %d outputs are given, and the model has %d", m.info.Path, ErrBuffer, len(outputs), len(m.info.Outputs))
	}
	for i, out := range outputs {
		if out != nil && len(out) != m.info.Outputs[i].Bytes() {
			return fmt.Errorf("cannot run model %s: %w: output %d has %d bytes, and %d are needed", m.info.Path, ErrBuffer, i, len(out), m.info.Outputs[i].Bytes())
		}
	}
	it, err := m.pool.take(ctx)
	if err != nil {
		return fmt.Errorf("cannot run model %s: %w", m.info.Path, err)
	}
	defer m.pool.giveBack(it)
	copy(it.input, input)
	if !it.invoke() {
		return fmt.Errorf("cannot run model %s: the library fails", m.info.Path)
	}
	for i, out := range outputs {
		copy(out, it.outputs[i])
	}
	return nil
}
