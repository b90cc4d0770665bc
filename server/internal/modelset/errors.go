package modelset

import "errors"

var (
	// ErrUnfit: a graph is not what the manifest says of it.
	ErrUnfit = errors.New("the file does not fit what manifest.json says of it")
	// ErrSlow: the library does not take a graph.
	ErrSlow = errors.New("XNNPACK does not take its graph, so it would run several times slower")
	// ErrClosed: the set was closed.
	ErrClosed = errors.New("the set of models is closed")
)

// unfit is an ErrUnfit that says in what.
type unfit struct{ error }

func (unfit) Is(target error) bool { return target == ErrUnfit }
