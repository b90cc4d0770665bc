package diagnose

import (
	"context"
	"fmt"
	"math"
	"slices"

	"mangosense/models"
	"mangosense/preprocess"
	"mangosense/server/internal/mango"
)

// Sight is what a graph says of a photo to whoever learns from it.
type Sight struct {
	Views []models.Seen // orientations, the photo as it is first
	// Short is what the gate's logit of the own kind lacks for the photo to pass.
	Short float64
	// Print is a small grey picture, for near copies to be found by.
	Print [64]byte
}

// See gives what the graph of a kind says of a photo in its first orientations
// (1, or all 8). What the model itself has learnt plays no part. It passes the
// same admission as a photo.
//
// Errors carry a mango.Code, as Diagnose's do.
func (d *Diagnoser) See(ctx context.Context, photo preprocess.Photo, kind mango.Kind, orientations int) (Sight, error) {
	h, ok := d.heads.take(kind)
	if !ok {
		return Sight{}, mango.Wrap(mango.Internal, fmt.Errorf("%w: %q", ErrNoModel, kind), "The model for this kind of photo is not available.")
	}
	defer h.users.Done()
	in := h.Model.Input
	for _, role := range []string{models.RoleFeatures, models.RoleSetting, models.RoleNear} {
		if _, ok := h.Model.Output(role); !ok {
			return Sight{}, mango.Wrap(mango.NotProvided, fmt.Errorf("model %s: %w: no %s", h.Model.ID, ErrOutput, role), "This model cannot learn.")
		}
	}
	bytes, err := d.photos.DecodeBytes(photo, in)
	if err != nil {
		return Sight{}, photoError(err)
	}
	ticket := ticketOf(ctx, bytes, d.speed.foretell(photo.Cost))
	if err := d.admission.Enter(ctx, ticket); err != nil {
		return Sight{}, d.admissionError(err)
	}
	defer d.admission.Leave(ticket, 0)
	input, turned := make([]byte, in.Bytes()), make([]byte, in.Bytes())
	if _, err := d.photos.Tensor(photo, in, input); err != nil {
		return Sight{}, photoError(err)
	}
	raw := make([][]byte, len(h.Outputs))
	for _, o := range h.Model.Outputs {
		if o.Role != models.RoleCAM {
			raw[o.Index] = make([]byte, o.Size)
		}
	}
	out := Sight{Print: small(input, in)}
	for i := range orientations {
		preprocess.Turn(turned, input, in.Width, i)
		if err := h.Engine.Run(ctx, turned, raw); err != nil {
			return Sight{}, runError(fmt.Errorf("cannot run model %s: %w", h.Model.ID, err))
		}
		if i == 0 && h.gate >= 0 {
			out.Short = h.short(h.Outputs[h.gate].real(raw[h.gate]))
		}
		out.Views = append(out.Views, h.seen(raw))
	}
	return out, nil
}

// short is what the own kind's logit lacks, in units of the gate's temperature.
func (h *head) short(logits []float32) float64 {
	others, own := 0.0, 0.0
	for i, name := range h.Model.Gate.Classes {
		z := float64(logits[i]) / h.Model.Gate.Temperature
		if name == h.Model.Kind {
			own = z
		} else {
			others += math.Exp(z)
		}
	}
	t := min(max(h.Model.Gate.Threshold, 1e-6), 1-1e-6)
	return math.Log(t/(1-t)) + math.Log(others) - own
}

// small is the input as 8 × 8 grey squares.
func small(input []byte, in models.Input) (out [64]byte) {
	var sums, counts [64]int
	for y := range in.Height {
		for x := range in.Width {
			at := y*8/in.Height*8 + x*8/in.Width
			for _, v := range input[3*(y*in.Width+x):][:3] {
				sums[at] += int(v)
			}
			counts[at] += 3
		}
	}
	for i := range out {
		out[i] = byte(sums[i] / max(counts[i], 1))
	}
	return out
}

// Names are the classes of a kind's model as clients know them.
func (d *Diagnoser) Names(kind mango.Kind) []string {
	if h := d.heads.get(kind); h != nil {
		return slices.Clone(h.names)
	}
	return nil
}
