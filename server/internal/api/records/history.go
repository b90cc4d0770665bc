package records

import (
	"fmt"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

// historyLength is how many of a user's newest records the history shows where
// nothing else is asked, and mostHistory where it is.
const (
	historyLength = 50
	mostHistory   = 500
)

type (
	analysis struct {
		ID               uint64          `json:"id"`
		Date             string          `json:"date"`
		UploadedAt       string          `json:"uploaded_at"`
		Filename         string          `json:"filename"`
		Disease          string          `json:"disease"`
		Result           mango.Condition `json:"result"`
		Details          string          `json:"details"`
		Confidence       *float64        `json:"confidence"` // fraction
		IsHealthy        bool            `json:"is_healthy"`
		IsVerified       bool            `json:"is_verified"`
		ConfirmedCorrect *bool           `json:"confirmed_correct"`
		LocationAddress  string          `json:"location_address"`
		Latitude         *float64        `json:"latitude"` // as exact as it was sent: it is the caller's own
		Longitude        *float64        `json:"longitude"`
		Label            string          `json:"label"`
		DiseaseType      string          `json:"disease_type"`
		Notes            string          `json:"notes"`
		ImageURL         *string         `json:"image_url"`
		ThumbnailURL     *string         `json:"thumbnail_url"`
	}
	historySummary struct {
		Total    int `json:"total"`
		Healthy  int `json:"healthy"`
		Diseased int `json:"diseased"`
		Unknown  int `json:"unknown"` // neither of the two
	}
	historyData struct {
		Analyses []analysis     `json:"analyses"`
		Summary  historySummary `json:"summary"`
	}
)

// History is `GET /api/history/`: the caller's own newest records.
func (h *Handlers) History(c *kit.Call) error {
	by := c.Actor()
	own := mango.RecordFilter{User: &by.User}
	q := c.Query()
	length := q.Number("limit", historyLength, 1, mostHistory)
	if err := q.Err(); err != nil {
		return err
	}
	page, err := h.Store.PageRecords(c.Context(), by, own, mango.Page{Number: 1, Size: length})
	if err != nil {
		return err
	}
	data := historyData{Analyses: make([]analysis, 0, len(page.Records))}
	for i := range page.Records {
		a := h.analysis(c, &page.Records[i])
		switch a.Result {
		case mango.IsHealthy:
			data.Summary.Healthy++
		case mango.IsDiseased:
			data.Summary.Diseased++
		default:
			data.Summary.Unknown++
		}
		data.Analyses = append(data.Analyses, a)
	}
	data.Summary.Total = len(data.Analyses)
	return c.Reply(fmt.Sprintf("Found %d analysis record(s) for the current user", data.Summary.Total), data)
}

func (h *Handlers) analysis(c *kit.Call, r *mango.Record) analysis {
	condition := mango.ConditionOf(r.Class())
	a := analysis{
		ID: r.ID, Date: render.HandStamp(r.CreatedAt), UploadedAt: render.HandStamp(r.CreatedAt),
		Filename: r.OriginalName, Disease: render.OrUnknown(r.Class()), Result: condition, Details: render.OrUnknown(r.Class()),
		Confidence: render.ClassConfidence(r), IsHealthy: condition == mango.IsHealthy, IsVerified: r.Verified,
		ConfirmedCorrect: r.Answers.Correct, DiseaseType: string(r.Kind), Notes: r.ShownNotes(),
		ImageURL: c.PhotoURL(r.Media), Label: r.Label,
	}
	if a.ImageURL != nil {
		a.ThumbnailURL = new(*a.ImageURL + "&small=1")
	}
	if r.Location != nil {
		a.Latitude, a.Longitude = &r.Location.Latitude, &r.Location.Longitude
		a.LocationAddress = r.Location.Address
	}
	return a
}
