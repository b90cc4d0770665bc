package confirmations

import (
	"math"
	"strings"

	"mangosense/server/internal/api/jsonbody"
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
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

// Confirm is `POST /api/save-confirmation/`: a grower's word on an own record,
// one a record.
func (h *Handlers) Confirm(c *kit.Call) error {
	o, err := c.Object()
	if err != nil {
		return err
	}
	said, err := readConfirmation(o)
	if err != nil {
		return err
	}
	said.User = c.Actor().User
	id, err := h.Store.AddConfirmation(c.Context(), c.Actor(), said)
	if err != nil {
		return confirmError(err)
	}
	return c.Reply("User confirmation saved successfully", confirmData{
		ConfirmationID: id, ImageID: said.Record, IsCorrect: said.Correct, PredictedDisease: said.Predicted,
		ConfirmedAt: render.HandStamp(said.At), LocationSaved: said.Location != nil,
	})
}

// readConfirmation takes the place only with the user's consent.
func readConfirmation(o *jsonbody.Object) (*mango.Confirmation, error) {
	c := &mango.Confirmation{Correct: o.Flag("is_correct")}
	var missing []string
	if id := o.ID("image_id"); id != nil {
		c.Record = *id
	} else if !o.Has("image_id") {
		missing = append(missing, "image_id")
	}
	if name := o.Text("predicted_disease", 100); name != nil && *name != "" {
		c.Predicted = *name
	} else if name != nil || !o.Has("predicted_disease") {
		missing = append(missing, "predicted_disease")
	}
	if feedback := o.Text("user_feedback", 5000); feedback != nil {
		c.Feedback = *feedback
	}
	c.Confidence = o.Number("confidence_score", 0, 100)
	if consent := o.Flag("location_consent_given"); consent != nil && *consent {
		c.ConsentGiven = true
		c.Location = readPlace(o)
	}
	if len(missing) > 0 {
		return nil, &mango.Error{Code: mango.Invalid, Public: "Missing required fields",
			Fields: []string{"Missing fields: " + strings.Join(missing, ", ")}}
	}
	return c, o.Err()
}

func readPlace(o *jsonbody.Object) *mango.Location {
	latitude, longitude := o.Number("latitude", -90, 90), o.Number("longitude", -180, 180)
	accuracy, address := o.Number("location_accuracy", 0, math.MaxInt32), o.Text("location_address", 500)
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
