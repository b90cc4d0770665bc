package api

import (
	"math"
	"strings"

	"github.com/valyala/fasthttp"

	"mangosense/server/internal/mango"
)

type confirmData struct {
	ConfirmationID   uint64 `json:"confirmation_id"`
	ImageID          uint64 `json:"image_id"`
	IsCorrect        *bool  `json:"is_correct"`
	PredictedDisease string `json:"predicted_disease"`
	ConfirmedAt      string `json:"confirmed_at"`
	LocationSaved    bool   `json:"location_saved"`
}

// confirm is `POST /api/save-confirmation/`: a grower's word on an own record,
// one a record.
func (s *Server) confirm(ctx *fasthttp.RequestCtx) {
	o, err := s.readObject(ctx)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	c, err := readConfirmation(o)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	by := actor(ctx)
	c.User = by.User
	id, err := s.cfg.Store.AddConfirmation(s.life, by, c)
	if err != nil {
		s.fail(ctx, confirmError(err))
		return
	}
	reply(ctx, "User confirmation saved successfully", confirmData{
		ConfirmationID: id, ImageID: c.Record, IsCorrect: c.Correct, PredictedDisease: c.Predicted,
		ConfirmedAt: handStamp(c.At), LocationSaved: c.Location != nil,
	})
}

// readConfirmation takes the place only with the user's consent.
func readConfirmation(o *object) (*mango.Confirmation, error) {
	c := &mango.Confirmation{Correct: o.flag("is_correct")}
	var missing []string
	if id := o.id("image_id"); id != nil {
		c.Record = *id
	} else if !o.has("image_id") {
		missing = append(missing, "image_id")
	}
	if name := o.text("predicted_disease", 100); name != nil && *name != "" {
		c.Predicted = *name
	} else if name != nil || !o.has("predicted_disease") {
		missing = append(missing, "predicted_disease")
	}
	if feedback := o.text("user_feedback", maxFeedback); feedback != nil {
		c.Feedback = *feedback
	}
	c.Confidence = o.number("confidence_score", 0, 100)
	if consent := o.flag("location_consent_given"); consent != nil && *consent {
		c.ConsentGiven = true
		c.Location = readPlace(o)
	}
	if len(missing) > 0 {
		return nil, &mango.Error{Code: mango.Invalid, Public: "Missing required fields",
			Fields: []string{"Missing fields: " + strings.Join(missing, ", ")}}
	}
	return c, o.err()
}

func readPlace(o *object) *mango.Location {
	latitude, longitude := o.number("latitude", -90, 90), o.number("longitude", -180, 180)
	accuracy, address := o.number("location_accuracy", 0, math.MaxInt32), o.text("location_address", maxAddress)
	if latitude == nil || longitude == nil {
		return nil
	}
	l := &mango.Location{Latitude: *latitude, Longitude: *longitude, ConsentGiven: true}
	if accuracy != nil {
		l.Accuracy = *accuracy
	}
	if address != nil {
		l.Address = *address
	}
	return l
}

// confirmError words the store's answers as clients know them: they look for
// "already exists" in a 400.
func confirmError(err error) error {
	switch mango.CodeOf(err) {
	case mango.NotFound:
		return mango.Wrap(mango.NotFound, err, "Image not found")
	case mango.Conflict:
		return mango.Wrap(mango.Invalid, err, "Confirmation already exists for this image")
	}
	return err
}
