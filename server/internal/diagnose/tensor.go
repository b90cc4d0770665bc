package diagnose

import (
	"context"
	"fmt"
	"time"

	"mangosense/server/internal/mango"
)

// Infer answers a tensor that the client made of a photo: upright, resized, in the
// model's input format. It passes the same admission as a photo; its length is its
// memory.
//
// Errors carry a mango.Code: Invalid (wrong length), Busy, Timeout, Internal.
func (d *Diagnoser) Infer(ctx context.Context, kind mango.Kind, tensor []byte) (mango.Diagnosis, error) {
	start := time.Now()
	h, ok := d.heads.take(kind)
	if !ok {
		return mango.Diagnosis{}, mango.Wrap(mango.Internal, fmt.Errorf("%w: %q", ErrNoModel, kind), "The model for this kind of photo is not available.")
	}
	defer h.users.Done()
	if want := h.Model.Input.Bytes(); len(tensor) != want {
		return mango.Diagnosis{}, mango.Errorf(mango.Invalid, "The tensor must have %d values.", want)
	}
	size := int64(len(tensor))
	ticket := ticketOf(ctx, size, inferWork)
	if err := d.admission.Enter(ctx, ticket); err != nil {
		return mango.Diagnosis{}, d.admissionError(err)
	}
	defer d.admission.Leave(ticket, 0)
	entered := time.Now()
	b := h.buffers.Get().(*buffer)
	defer h.buffers.Put(b)
	copy(b.input, tensor)
	out := mango.Diagnosis{
		Kind: kind, Model: ref(h.Model), InputWidth: h.Model.Input.Width, InputHeight: h.Model.Input.Height,
		Photo: mango.Photo{Format: "tensor", Width: h.Model.Input.Width, Height: h.Model.Input.Height, Bytes: size},
	}
	if err := h.run(ctx, b, &out, false); err != nil {
		return mango.Diagnosis{}, runError(err)
	}
	out.Timings = mango.Timings{Wait: entered.Sub(start), Infer: time.Since(entered), Total: time.Since(start)}
	out.Processing = out.Timings.Total
	return out, nil
}
