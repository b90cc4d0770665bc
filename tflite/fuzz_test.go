package tflite_test

import (
	"errors"
	"testing"

	"mangosense/tflite"
)

// FuzzCheckModel looks for bytes that make the check panic, or pass without
// anything to run.
func FuzzCheckModel(f *testing.F) {
	for _, b := range [][]byte{nil, twoHeads(), floats(), same(typeInt8, 4), same(typeUint8, 4), twoInputs()} {
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		nodes, err := tflite.CheckModel(b)
		if err == nil && nodes < 1 {
			t.Errorf("accepted with %d operators", nodes)
		}
		if err != nil && !errors.Is(err, tflite.ErrDamaged) && !errors.Is(err, tflite.ErrNotModel) &&
			!errors.Is(err, tflite.ErrEmpty) && !errors.Is(err, tflite.ErrLFSPointer) {
			t.Errorf("an error of no kind: %v", err)
		}
	})
}
