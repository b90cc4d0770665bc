package budget

import "errors"

var (
	// ErrFull: the memory stayed used up for as long as a client may wait.
	ErrFull = errors.New("no memory is free for a further request")
	// ErrEvicted: others waited, and this lease held memory without progress or
	// beyond its client's share.
	ErrEvicted = errors.New("the request held memory that others waited for")
	// ErrLost: whoever asked for the memory went away while it waited.
	ErrLost = errors.New("the client went away while its request waited for memory")
)
