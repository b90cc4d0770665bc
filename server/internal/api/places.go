package api

import (
	"fmt"

	"github.com/valyala/fasthttp"

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

// allPlaces is `GET /api/disease-locations/all/`.
func (s *Server) allPlaces(ctx *fasthttp.RequestCtx) {
	s.places(ctx, mango.PlaceFilter{Limit: maxPlaces})
}

// similarPlaces is `GET /api/disease-locations/similar/?disease=…`.
func (s *Server) similarPlaces(ctx *fasthttp.RequestCtx) {
	q := queryOf(ctx)
	disease := s.class(q, "disease")
	if err := q.err(); err != nil {
		s.fail(ctx, err)
		return
	}
	if disease == "" {
		refuse(ctx, &mango.Error{Code: mango.Invalid, Public: "Missing required parameter: disease", Fields: []string{"Missing: disease"}})
		return
	}
	s.places(ctx, mango.PlaceFilter{Disease: disease, Limit: maxPlaces})
}

// places answers the map. Where the store gives a coarse place, its id is only
// its number in this answer: it opens nothing elsewhere.
func (s *Server) places(ctx *fasthttp.RequestCtx, f mango.PlaceFilter) {
	found, err := s.cfg.Store.Places(s.life, actor(ctx), f)
	if err != nil {
		s.fail(ctx, err)
		return
	}
	data := placeData{Locations: make([]place, 0, len(found))}
	for i, p := range found {
		id := i + 1
		if p.Exact {
			id = int(p.Record)
		}
		data.Locations = append(data.Locations, place{
			ID: id, Disease: p.Disease, Latitude: p.Latitude, Longitude: p.Longitude,
			Address: p.Address, UploadedAt: handStamp(p.At), Confidence: fraction(p.Confidence),
		})
	}
	reply(ctx, fmt.Sprintf("Found %d disease location(s)", len(data.Locations)), data)
}
