package diagnose

import (
	"context"
	"time"

	"mangosense/models"
	"mangosense/server/internal/mango"
)

// Shrink decodes a photo to a small picture: RGB, upright, its longer side at
// most side pixels. The decoder scales, so that a photo of 50 megapixels costs
// little more than one of two. It passes the same admission as a photo.
//
// Errors carry a mango.Code: InvalidPhoto, TooLarge, Busy, Timeout, Internal.
func (d *Diagnoser) Shrink(ctx context.Context, file []byte, side int) (mango.Picture, error) {
	photo, err := d.photos.Probe(file)
	if err != nil {
		return mango.Picture{}, photoError(err)
	}
	width, height := within(photo.Upright, side)
	in := pictureOf(width, height)
	bytes, err := d.photos.DecodeBytes(photo, in)
	if err != nil {
		return mango.Picture{}, photoError(err)
	}
	ticket := ticketOf(ctx, bytes, d.speed.foretell(photo.Cost))
	if err := d.admission.Enter(ctx, ticket); err != nil {
		return mango.Picture{}, d.admissionError(err)
	}
	entered := time.Now()
	defer func() { d.admission.Leave(ticket, time.Since(entered)) }()
	out := mango.Picture{Width: width, Height: height, RGB: make([]byte, in.Bytes())}
	if _, err := d.photos.Tensor(photo, in, out.RGB); err != nil {
		return mango.Picture{}, photoError(err)
	}
	return out, nil
}

// within is a photo's size with the longer side at most side.
func within(upright func() (width, height int), side int) (width, height int) {
	width, height = upright()
	longer := max(width, height)
	if longer <= side {
		return width, height
	}
	return max(1, width*side/longer), max(1, height*side/longer)
}

// pictureOf describes a picture of that size as preprocess makes tensors.
func pictureOf(width, height int) models.Input {
	return models.Input{Width: width, Height: height, Channels: 3, Layout: "NHWC", DType: "uint8", Colour: "RGB",
		Resize: models.Resize{Fit: "stretch", Filter: "triangle"}}
}
