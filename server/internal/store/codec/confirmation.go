package codec

import (
	"fmt"

	"mangosense/server/internal/mango"
)

const confirmationVersion = 1

func EncodeConfirmation(key []byte, c *mango.Confirmation) []byte {
	w := NewWriter(TypeConfirmation, confirmationVersion)
	l := c.Location
	w.Flags(c.ConsentGiven, c.Confidence != nil, l != nil, l != nil && l.AccuracyConfirmed, l != nil && l.ConsentGiven)
	w.Uint(c.Record)
	w.Uint(c.User)
	w.Time(c.At)
	w.Optional(c.Correct)
	w.Word(c.Predicted)
	w.String(c.Feedback)
	if c.Confidence != nil {
		w.Float(*c.Confidence)
	}
	if l != nil {
		w.location(l)
	}
	w.String(c.Origin)
	return w.Seal(key)
}

func DecodeConfirmation(key, v []byte) (*mango.Confirmation, error) {
	r, err := Open(key, v, TypeConfirmation, confirmationVersion)
	if err != nil {
		return nil, fmt.Errorf("cannot read confirmation %d: %w", ID(key), err)
	}
	on := r.Flags()
	c := &mango.Confirmation{ID: ID(key), ConsentGiven: on(0), Record: r.Uint(), User: r.Uint(), At: r.Time(),
		Correct: r.Optional(), Predicted: r.Word(), Feedback: r.String()}
	if on(1) {
		v := r.Float()
		c.Confidence = &v
	}
	if on(2) {
		c.Location = r.location(on(3), on(4))
	}
	c.Origin = r.String()
	return c, r.err
}

// location writes a place; its two booleans are among the flags of the value.
func (w *Writer) location(l *mango.Location) {
	w.Float(l.Latitude)
	w.Float(l.Longitude)
	w.Small(l.Accuracy)
	w.String(l.Address)
	w.Word(l.Source)
}

func (r *Reader) location(confirmed, consent bool) *mango.Location {
	return &mango.Location{Latitude: r.Float(), Longitude: r.Float(), Accuracy: r.Small(),
		Address: r.String(), Source: r.Word(), AccuracyConfirmed: confirmed, ConsentGiven: consent}
}
