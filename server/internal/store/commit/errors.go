package commit

import "errors"

var (
	// ErrClosed: the queue takes nothing any more.
	ErrClosed = errors.New("the queue of writes is closed")
	// ErrApart, returned by Try: the writes cannot be committed together, because
	// one of them met what not all of them need. Each is tried alone.
	ErrApart = errors.New("the writes cannot be committed together")
)

// Broken, returned by Try, names the write that broke the transaction: it fails
// with Err, and the others are tried again without it.
type Broken struct {
	Index int
	Err   error
}

func (b *Broken) Error() string { return b.Err.Error() }
func (b *Broken) Unwrap() error { return b.Err }
