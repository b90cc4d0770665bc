package diagnose

import "errors"

// What admission and the model's run can refuse.
var (
	// ErrBusy: everything that may run runs and the queue is full.
	ErrBusy = errors.New("all places are taken and the queue is full")
	// ErrTooHeavy: decoding this photo alone takes more memory than all photos
	// together may.
	ErrTooHeavy = errors.New("decoding this photo takes more memory than is set aside")
	// ErrClosed: the diagnoser was closed.
	ErrClosed = errors.New("the diagnoser is closed")
	// ErrNoModel: no model for the asked kind is loaded.
	ErrNoModel = errors.New("no model of this kind is loaded")
	// ErrOutput: a model's output does not fit its manifest.
	ErrOutput = errors.New("the model's output does not fit the manifest")
)
