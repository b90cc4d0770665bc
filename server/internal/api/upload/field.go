package upload

import (
	"context"
	"fmt"
	"io"
)

const (
	// fieldStep is how finely fields are counted.
	fieldStep = 16 << 10
	// fieldCost is what a byte of a field holds: itself twice, since a buffer
	// that grows is up to twice as long as what is in it.
	fieldCost = 2
	// firstField is what a field is read into at first; few are longer.
	firstField = 512
)

// readField reads a field into the heap, which the lease is charged for before
// it grows.
func (f *Form) readField(ctx context.Context, p described, limits Limits) error {
	value := make([]byte, 0, firstField)
	for {
		if len(value) == cap(value) {
			value = append(make([]byte, 0, 2*cap(value)), value...)
		}
		n, err := p.body.Read(value[len(value):min(cap(value), len(value)+fieldStep/fieldCost)])
		value = value[:len(value)+n]
		if err := f.count(ctx, int64(n), limits); err != nil {
			return err
		}
		if int64(len(value)) > limits.FieldBytes {
			return ErrFieldTooLarge
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	text := string(value)
	if p.charset != "" {
		var ok bool
		if text, ok = toUTF8(text, p.charset); !ok {
			return fmt.Errorf("%w: field %q in %q", ErrEncoding, p.name, p.charset)
		}
	}
	if _, ok := f.Fields[p.name]; !ok {
		f.Fields[p.name] = text
	}
	return nil
}

// count adds n bytes of text to what the form holds.
func (f *Form) count(ctx context.Context, n int64, limits Limits) error {
	f.text += n
	if f.text > limits.TextBytes {
		return ErrFieldTooLarge
	}
	for f.held-readingBytes < fieldCost*f.text {
		if err := f.hold(ctx, fieldStep); err != nil {
			return err
		}
	}
	return nil
}
