package diagnose

import (
	"context"
	"slices"

	"mangosense/models"
	"mangosense/preprocess"
)

// learntBuffer is what one run needs for a head that learnt an orchard.
type learntBuffer struct {
	turned  []byte      // the input in another orientation; nil where one is enough
	z, mean []float64   // logits of one orientation, and the mean of all
	seen    models.Seen // of the photo as it is
}

func newLearntBuffer(h *head) *learntBuffer {
	k := len(h.names)
	b := &learntBuffer{z: make([]float64, k), mean: make([]float64, k)}
	if h.Learnt.Orientations > 1 {
		b.turned = make([]byte, h.Model.Input.Bytes())
	}
	return b
}

// runLearnt fills b.learnt of the run that b.raw holds and of the other
// orientations. It gives r, the share of the answer that is not the delivered one's.
func (h *head) runLearnt(ctx context.Context, b *buffer) (float64, error) {
	l, n, share, doubt := b.learnt, h.Learnt.Orientations, 0.0, 0.0
	clear(l.mean)
	for i := range n {
		if i > 0 {
			preprocess.Turn(l.turned, b.input, h.Model.Input.Width, i*8/n)
			if err := h.Engine.Run(ctx, l.turned, only(b.raw, h.classes, h.features.Index, h.setting.Index, h.near.Index)); err != nil {
				return 0, err
			}
		}
		seen := h.seen(b.raw)
		if i == 0 {
			l.seen = seen
		}
		r, t := h.Learnt.Logits(seen, l.z)
		share, doubt = share+r/float64(n), doubt+t/float64(n)
		for c, z := range l.z {
			l.mean[c] += z / float64(n)
		}
	}
	h.Learnt.Temper(l.mean, doubt, h.Model.Calibration.Temperature)
	return share, nil
}

// only is the outputs with these indices; the others are not copied.
func only(raw [][]byte, indices ...int) [][]byte {
	out := make([][]byte, len(raw))
	for _, i := range indices {
		out[i] = raw[i]
	}
	return out
}

// seen is what a run's outputs say to whoever learns.
func (h *head) seen(raw [][]byte) models.Seen {
	of := func(role string) []float32 {
		o, _ := h.Model.Output(role)
		return h.Outputs[o.Index].real(raw[o.Index])
	}
	return models.NewSeen(of(models.RoleFeatures), of(models.RoleClasses), of(models.RoleSetting), of(models.RoleNear))
}

// real is dequantise in single precision.
func (q Quant) real(raw []byte) []float32 {
	out := make([]float32, len(raw))
	for i, b := range raw {
		v := int(b)
		if q.Signed {
			v = int(int8(b))
		}
		out[i] = float32(q.Scale * float64(v-q.ZeroPoint))
	}
	return out
}

// gainOwn adds to the gate's logit of the model's own kind.
func (h *head) gainOwn(logits []float64, gain float64) {
	if at := slices.Index(h.Model.Gate.Classes, h.Model.Kind); at >= 0 {
		logits[at] += gain * h.Model.Gate.Temperature
	}
}
