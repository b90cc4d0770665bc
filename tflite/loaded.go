package tflite

import (
	"crypto/sha256"
	"fmt"

	"github.com/mattn/go-tflite"
)

// loaded is a model file as the library has it: a copy, and what it made of it.
type loaded struct {
	file   *frozen
	digest [sha256.Size]byte
	model  *tflite.Model
}

// load copies a file of at most max bytes and has check look at the copy before
// the library does.
func load(path string, max int64, check func(bytes []byte, digest [sha256.Size]byte) error) (*loaded, error) {
	file, err := freeze(path, max)
	if err != nil {
		return nil, err
	}
	l := &loaded{file: file, digest: sha256.Sum256(file.bytes)}
	if err = check(file.bytes, l.digest); err == nil {
		if l.model = tflite.NewModelFromFile(file.path()); l.model == nil {
			err = fmt.Errorf("%w: the library refuses it", ErrDamaged)
		}
	}
	if err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// settle gives back what is only needed while interpreters are made of l.
func (l *loaded) settle() {
	if l.file != nil {
		l.file.Close()
		l.file = nil
	}
}

// Close frees what there is. The interpreters made of l must be gone.
func (l *loaded) Close() {
	l.settle()
	if l.model != nil {
		l.model.Delete()
		l.model = nil
	}
}
