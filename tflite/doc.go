// Package tflite is the fence round TensorFlow Lite: it opens a model file,
// keeps a pool of interpreters for it, each with an XNNPACK delegate of its own,
// and copies bytes in and out. It owns every C pointer; no C type,
// tensor memory or go-tflite name leaves it.
//
// It is not a place for meaning: it knows no class name, no input size, no
// dequantisation. Tensors are bytes with a Type, a Shape and the two numbers
// that turn a byte into a value. Only server/internal/modelset and the tools open
// models; everybody else is handed something that runs them.
//
// # Caveats
//
// Lifetime of bytes: Run copies input and outputs, so the caller's slices are
// the caller's own again when Run returns. The file is copied into memory by
// Open and may be replaced, cut short or removed afterwards; but only as long as
// it is the same can the pool grow.
//
// Goroutines: all methods of a Model may be called at once. At most
// Config.Interpreters calls of Run compute at the same time; each computes on
// Config.Threads threads.
//
// What blocks: Open (tens of milliseconds), Run (waits for an interpreter until
// ctx ends; a computation that has begun is not broken off), Close (waits for
// the computations under way, not for callers that still wait for an
// interpreter: those get ErrClosed).
//
// Memory: it lies in C, where Go's GOMEMLIMIT does not see it. A Model that is
// not closed is never freed. The first interpreter is made by Open, a further one
// (megabytes, and milliseconds beside the callers) once they have to wait for each
// other, and it stays.
//
// # Usage
//
//	m, err := tflite.Open("models/leaf-mobilenetv2.tflite", tflite.Config{})
//	if err != nil {
//		return err
//	}
//	defer m.Close()
//	logits := make([]byte, m.Info().Outputs[0].Bytes())
//	err = m.Run(ctx, pixels, [][]byte{logits})
package tflite
