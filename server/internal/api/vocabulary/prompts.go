package vocabulary

import (
	"mangosense/server/internal/api/kit"
	"mangosense/server/internal/mango"
)

type promptList struct {
	Disease   string          `json:"disease"`
	PlantPart string          `json:"plant_part"`
	Symptoms  []mango.Symptom `json:"symptoms"`
}

// Symptoms is `GET /api/symptoms/`: what to ask a grower about a disease. For
// one that is not known the fallback list comes, with 200.
func (h *Handlers) Symptoms(c *kit.Call) error {
	q := c.Query()
	disease, part := q.Class("disease", h.Store.CanonicalClass), q.Text("plant_part")
	if part == "" {
		part = string(mango.Leaf)
	}
	if !mango.Kind(part).Valid() {
		q.Fault("plant_part", "must be leaf or fruit")
	}
	if err := q.Err(); err != nil {
		return err
	}
	prompts, _ := h.Store.Prompts(disease, mango.Kind(part))
	list := promptList{Disease: disease, PlantPart: part, Symptoms: prompts}
	if list.Symptoms == nil {
		list.Symptoms = []mango.Symptom{}
	}
	c.SetHeader("Cache-Control", "public, max-age=300")
	return c.JSON(200, list)
}
