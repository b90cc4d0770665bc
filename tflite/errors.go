package tflite

import "errors"

// What callers may tell apart with errors.Is. Every error of Open also names
// the file, and says the fault in words.
var (
	// ErrClosed is returned by Run after Close.
	ErrClosed = errors.New("the model is closed")

	// ErrEmpty is a file of 0 bytes, as a broken-off copy leaves it.
	ErrEmpty = errors.New("the file is empty")

	// ErrLFSPointer is the small text that Git LFS leaves in place of a file
	// that was not fetched.
	ErrLFSPointer = errors.New("the file is a Git LFS pointer, not a model: fetch the real file with git lfs pull")

	// ErrNotModel is a file of another kind.
	ErrNotModel = errors.New("the file is not a TensorFlow Lite model")

	// ErrDamaged is a TensorFlow Lite file that contradicts itself: cut short,
	// or changed on the way.
	ErrDamaged = errors.New("the model file is cut short or damaged")

	// ErrDigest is a file whose SHA-256 is not Config.SHA256: other weights, or
	// the right ones damaged.
	ErrDigest = errors.New("the model file has another SHA-256 than the manifest says")

	// ErrTooLarge is a file above Config.MaxBytes.
	ErrTooLarge = errors.New("the model file is larger than allowed")

	// ErrShape is a sound model whose tensors nobody could fill or read: several
	// inputs, changing shapes, types without a fixed size.
	ErrShape = errors.New("the model's tensors cannot be used")

	// ErrBuffer is a buffer handed to Run whose length is not the tensor's.
	ErrBuffer = errors.New("the buffer does not fit the tensor")
)
