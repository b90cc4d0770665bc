package api

import (
	"github.com/valyala/fasthttp"

	"mangosense/server/internal/mango"
)

type symptomList struct {
	Disease   string          `json:"disease"`
	PlantPart string          `json:"plant_part"`
	Symptoms  []mango.Symptom `json:"symptoms"`
}

// symptoms is `GET /api/symptoms/`: what to ask a grower about a disease. For
// one that is not known the fallback list comes, with 200.
func (s *Server) symptoms(ctx *fasthttp.RequestCtx) {
	q := queryOf(ctx)
	disease, part := s.class(q, "disease"), q.text("plant_part")
	if part == "" {
		part = string(mango.Leaf)
	}
	if !mango.Kind(part).Valid() {
		q.fault("plant_part", "must be leaf or fruit")
	}
	if err := q.err(); err != nil {
		s.fail(ctx, err)
		return
	}
	prompts, _ := s.cfg.Store.Prompts(disease, mango.Kind(part))
	list := symptomList{Disease: disease, PlantPart: part, Symptoms: prompts}
	if list.Symptoms == nil {
		list.Symptoms = []mango.Symptom{}
	}
	ctx.Response.Header.Set("Cache-Control", "public, max-age=300")
	writeJSON(ctx, fasthttp.StatusOK, list)
}
