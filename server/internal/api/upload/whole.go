package upload

import (
	"context"
	"errors"
	"io"

	"mangosense/server/internal/budget"
)

// Whole is a body that was read as it is, in memory that is counted with all
// uploads.
type Whole struct{ data growing }

// ReadWhole reads a body of at most limit bytes. On an error nothing stays
// held.
//
// Errors: ErrBodyTooLarge, ErrNoMemory, budget's, or the reader's.
func ReadWhole(ctx context.Context, body io.Reader, limit int64, lease *budget.Lease) (*Whole, error) {
	w := &Whole{data: growing{lease: lease}}
	defer lease.Settle()
	if err := w.data.readFrom(ctx, body, limit, func([]byte) {}); err != nil {
		w.Release()
		if errors.Is(err, ErrFileTooLarge) {
			err = ErrBodyTooLarge
		}
		return nil, err
	}
	return w, nil
}

// Bytes is the body, valid until Release.
func (w *Whole) Bytes() []byte { return w.data.bytes() }

// Release gives the memory back. It may be called again.
func (w *Whole) Release() { w.data.release() }
