package confirmations

import (
	"context"
	"strings"
	"time"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

type (
	confirmationImage struct {
		ID               uint64  `json:"id"`
		Filename         string  `json:"filename"`
		OriginalFilename string  `json:"original_filename"` // the image page's name for it
		DiseaseType      string  `json:"disease_type"`
		ImageURL         *string `json:"image_url"`
		UploadedAt       string  `json:"uploaded_at"`
	}
	// confirmationPhoto says the same as the web admin's page reads it.
	confirmationPhoto struct {
		ImageURL         *string `json:"image_url"`
		OriginalFilename string  `json:"original_filename"`
		DiseaseType      string  `json:"disease_type"`
	}
	confirmationUser struct {
		ID       *uint64 `json:"id"`
		Username string  `json:"username"`
		Email    string  `json:"email"`
		FullName string  `json:"full_name"`
	}
	confirmationPlace struct {
		ConsentGiven bool     `json:"consent_given"`
		Latitude     float64  `json:"latitude"`
		Longitude    float64  `json:"longitude"`
		Accuracy     *float64 `json:"accuracy"`
		Address      string   `json:"address"`
	}
	confirmationBody struct {
		ID                   uint64             `json:"id"`
		ImageID              uint64             `json:"image_id"`
		Image                *confirmationImage `json:"image"`
		ImageData            *confirmationPhoto `json:"image_data"`
		User                 confirmationUser   `json:"user"`
		IsCorrect            *bool              `json:"is_correct"`
		PredictedDisease     string             `json:"predicted_disease"`
		UserFeedback         string             `json:"user_feedback"`
		ConfidenceScore      *float64           `json:"confidence_score"` // fraction
		ConfirmedAt          string             `json:"confirmed_at"`
		CreatedAt            string             `json:"created_at"`
		LocationConsentGiven bool               `json:"location_consent_given"`
		LocationConsent      bool               `json:"location_consent"`
		Latitude             *float64           `json:"latitude"`
		Longitude            *float64           `json:"longitude"`
		LocationAccuracy     *float64           `json:"location_accuracy"`
		LocationAddress      string             `json:"location_address"`
		Address              string             `json:"address"`
		Location             *confirmationPlace `json:"location"`
		ClientIP             *string            `json:"client_ip"` // never kept
	}
	confirmationCounts struct {
		TotalConfirmations int     `json:"total_confirmations"`
		ConfirmedCount     int     `json:"confirmed_count"`
		RejectedCount      int     `json:"rejected_count"`
		AccuracyRate       float64 `json:"accuracy_rate"` // percent
	}
	// confirmationsData has each list and count twice: the web admin's
	// confirmations page reads results and count, its image page the others.
	confirmationsData struct {
		Confirmations []confirmationBody `json:"confirmations"`
		Results       []confirmationBody `json:"results"`
		Count         int                `json:"count"`
		Pagination    kit.Pagination     `json:"pagination"`
		Statistics    confirmationCounts `json:"statistics"`
	}
)

// Confirmations is `GET /api/user-confirmations/`.
func (h *Handlers) Confirmations(c *kit.Call) error {
	q := c.Query()
	page, _ := q.Page()
	filter := h.filter(q)
	if err := q.Err(); err != nil {
		return err
	}
	by := c.Actor()
	found, err := h.Store.PageConfirmations(c.Context(), by, filter, page)
	if err != nil {
		return err
	}
	who := render.NewPeople(c.Context(), h.Store, by)
	rows := make([]confirmationBody, 0, len(found.Confirmations))
	for i := range found.Confirmations {
		one := &found.Confirmations[i]
		r, err := h.recordOrNil(c.Context(), by, one.Record)
		if err != nil {
			return err
		}
		rows = append(rows, h.confirmationBody(c, one, r, who.Of(one.User)))
	}
	if who.Err() != nil {
		return who.Err()
	}
	return c.Reply("User confirmations retrieved successfully", confirmationsData{
		Confirmations: rows, Results: rows, Count: found.Total, Pagination: kit.Paginate(page, found.Total),
		Statistics: confirmationCounts{found.Total, found.Confirmed, found.Rejected, render.Accuracy(found.Confirmed, found.Rejected)},
	})
}

// recordOrNil is a record, nil when it is gone.
func (h *Handlers) recordOrNil(ctx context.Context, by mango.Actor, id uint64) (*mango.Record, error) {
	r, err := h.Store.Record(ctx, by, id)
	if err != nil && mango.CodeOf(err) == mango.NotFound {
		return nil, nil
	}
	return r, err
}

// filter reads what list and export have in common.
func (h *Handlers) filter(q *kit.Query) mango.ConfirmationFilter {
	f := mango.ConfirmationFilter{User: q.ID("user_id"), Disease: q.Class("disease", h.Store.CanonicalClass), Since: q.Day("start_date")}
	switch q.Text("filter") {
	case "", "all":
	case "confirmed":
		f.Correct = new(true)
	case "rejected":
		f.Correct = new(false)
	default:
		q.Fault("filter", "must be all, confirmed or rejected")
	}
	if strings.EqualFold(f.Disease, "all") {
		f.Disease = ""
	}
	if id := q.ID("image_id"); id != nil {
		f.Record = *id
	}
	if end := q.Day("end_date"); !end.IsZero() {
		f.Until = end.Add(24 * time.Hour) // the day named is meant too
	}
	return f
}

func (h *Handlers) confirmationBody(call *kit.Call, c *mango.Confirmation, r *mango.Record, u *mango.User) confirmationBody {
	b := confirmationBody{
		ID: c.ID, ImageID: c.Record, User: confirmationUserOf(u), IsCorrect: c.Correct, PredictedDisease: kit.Spelled(c.Predicted, h.Store.CanonicalClass),
		UserFeedback: c.Feedback, ConfidenceScore: confirmedConfidence(c, r),
		ConfirmedAt: render.HandStamp(c.At), CreatedAt: render.HandStamp(c.At),
		LocationConsentGiven: c.ConsentGiven, LocationConsent: c.ConsentGiven,
	}
	if r != nil {
		url := call.PhotoURL(r.Media)
		b.Image = &confirmationImage{r.ID, render.FileName(r), render.FileName(r), string(r.Kind), url, render.HandStamp(r.CreatedAt)}
		b.ImageData = &confirmationPhoto{url, render.FileName(r), string(r.Kind)}
	}
	if l := c.Location; l != nil {
		b.Latitude, b.Longitude, b.LocationAccuracy = &l.Latitude, &l.Longitude, render.PlaceAccuracy(l)
		b.LocationAddress, b.Address = l.Address, l.Address
		b.Location = &confirmationPlace{c.ConsentGiven, l.Latitude, l.Longitude, render.PlaceAccuracy(l), l.Address}
	}
	return b
}

func confirmationUserOf(u *mango.User) confirmationUser {
	if u == nil {
		return confirmationUser{Username: "Anonymous"}
	}
	return confirmationUser{&u.ID, u.Username, u.Email, u.FullName()}
}
