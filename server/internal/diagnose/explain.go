package diagnose

import (
	"bytes"
	"slices"

	"mangosense/preprocess"
	"mangosense/server/internal/mango"
)

// explain draws the best class's activations over the model's input.
// The class logits are the mean of the activations it draws, so the picture
// shows the answer itself and not an estimate of it. Of a head that learnt an
// orchard it shows where the delivered head sees the class; a class that the
// graph does not know has no picture.
func (h *head) explain(b *buffer, d *mango.Diagnosis) error {
	best := slices.Index(h.names, d.Ranking[0].Disease)
	if best >= h.cam.Channels {
		return nil
	}
	all := make([]float64, h.cam.Size)
	h.Outputs[h.cam.Index].dequantise(all, b.raw[h.cam.Index])
	heat := preprocess.HeatMap{Width: h.cam.Width, Height: h.cam.Height, Values: make([]float64, h.cam.Width*h.cam.Height)}
	for i := range heat.Values {
		heat.Values[i] = all[i*h.cam.Channels+best]
	}
	var picture bytes.Buffer
	if err := preprocess.Draw(&picture, b.input, h.Model.Input, d.Photo.Width, d.Photo.Height, heat); err != nil {
		return err
	}
	d.HeatMap = picture.Bytes()
	return nil
}
