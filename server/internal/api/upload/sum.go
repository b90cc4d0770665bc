package upload

import (
	"crypto/sha256"
	"hash"
)

// sumAhead is how many pieces of a file may have arrived and not be summed yet.
const sumAhead = 8

// summing takes a file's SHA-256 while it arrives. All but small files are summed
// by a goroutine of their own, so that on an idle machine a photo of 2 MB is there
// 0.7 ms earlier: a processor core sums 2 GB a second, and the connection is no
// faster. It reads the pieces until finish, which must be called.
type summing struct {
	hash   hash.Hash
	seen   int
	pieces chan []byte   // nil: still by the reader himself
	done   chan struct{} // closed once the last piece is summed
}

func newSumming() *summing { return &summing{hash: sha256.New()} }

// add digests the next piece, which must stay as it is until finish.
func (s *summing) add(p []byte) {
	s.seen += len(p)
	switch {
	case s.pieces != nil:
		s.pieces <- p
	case s.seen <= step:
		s.hash.Write(p)
	default:
		s.pieces, s.done = make(chan []byte, sumAhead), make(chan struct{})
		go s.run()
		s.pieces <- p
	}
}

func (s *summing) run() {
	defer close(s.done)
	for p := range s.pieces {
		s.hash.Write(p)
	}
}

// finish waits for the sum of everything that was added. It ends s.
func (s *summing) finish() (sum [32]byte) {
	if s.pieces != nil {
		close(s.pieces)
		<-s.done
	}
	s.hash.Sum(sum[:0])
	return sum
}
