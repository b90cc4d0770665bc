package statistics

import (
	"fmt"

	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/api/render"
	"mangosense/server/internal/mango"
)

// maxPlaces is how many places one answer of the map holds, newest first.
const maxPlaces = 1000

type (
	place struct {
		ID         int      `json:"id"` // of the record only where the place is exact
		Disease    string   `json:"disease"`
		Latitude   float64  `json:"latitude"`
		Longitude  float64  `json:"longitude"`
		Address    string   `json:"address"`
		UploadedAt string   `json:"uploaded_at"`
		Confidence *float64 `json:"confidence"` // fraction; null: a person named the disease
	}
	placeData struct {
		Locations []place `json:"locations"`
	}
)

// AllPlaces is `GET /api/disease-locations/all/`.
func (h *Handlers) AllPlaces(c *kit.Call) error {
	return h.places(c, mango.PlaceFilter{Limit: maxPlaces})
}

// SimilarPlaces is `GET /api/disease-locations/similar/?disease=…`.
func (h *Handlers) SimilarPlaces(c *kit.Call) error {
	q := c.Query()
	disease := q.Class("disease", h.Store.CanonicalClass)
	if err := q.Err(); err != nil {
		return err
	}
	if disease == "" {
		return &mango.Error{Code: mango.Invalid, Public: "Missing required parameter: disease", Fields: []string{"Missing: disease"}}
	}
	return h.places(c, mango.PlaceFilter{Disease: disease, Limit: maxPlaces})
}

// places answers the map. Where the store gives a coarse place, its id is only
// its number in this answer: it opens nothing elsewhere.
func (h *Handlers) places(c *kit.Call, f mango.PlaceFilter) error {
	found, err := h.Store.Places(c.Context(), c.Actor(), f)
	if err != nil {
		return err
	}
	data := placeData{Locations: make([]place, 0, len(found))}
	for i, p := range found {
		id := i + 1
		if p.Exact {
			id = int(p.Record)
		}
		data.Locations = append(data.Locations, place{
			ID: id, Disease: p.Disease, Latitude: p.Latitude, Longitude: p.Longitude,
			Address: p.Address, UploadedAt: render.HandStamp(p.At), Confidence: render.Fraction(p.Confidence),
		})
	}
	return c.Reply(fmt.Sprintf("Found %d disease location(s)", len(data.Locations)), data)
}
