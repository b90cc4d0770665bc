package photos_test

import (
	"strings"
	"testing"

	"mangosense/server/internal/api/apitest"
)

// TestLabel: the grower's word for a tree is kept with its photo and read back.
func TestLabel(t *testing.T) {
	s := apitest.New(t, nil)
	a, other := s.Join("lito@farm.example"), s.Join("ana@farm.example")
	for sent, want := range map[string]string{
		"Block 3, tree 12": "Block 3, tree 12", "  block  ": "block", "": "", "<b>": "<b>", strings.Repeat("ñ", 80): strings.Repeat("ñ", 60),
	} {
		fields := map[string]string{"detection_type": "leaf", "label": sent, "latitude": "10.59361", "longitude": "122.59252"}
		s.Send("POST", "/api/predict/", a.Access, apitest.Form(t, fields, apitest.Photo(t))).Want(200)
		s.Send("GET", "/api/history/?limit=1", a.Access, nil).Want(200).Has(map[string]string{
			"data.analyses.#": "1", "data.analyses.0.label": `"` + want + `"`, "data.analyses.0.latitude": "10.59361", "data.analyses.0.longitude": "122.59252",
		})
	}
	s.Send("GET", "/api/history/", other.Access, nil).Want(200).Has(map[string]string{"data.analyses.#": "0"})
	s.Send("GET", "/api/history/?limit=all", a.Access, nil).Want(400)
}
