package api_test

import (
	"strings"
	"testing"
)

// TestLabel: the grower's word for a tree is kept with its photo and read back.
func TestLabel(t *testing.T) {
	s := newSite(t, nil)
	a, other := s.join("lito@farm.example"), s.join("ana@farm.example")
	for sent, want := range map[string]string{
		"Block 3, tree 12": "Block 3, tree 12", "  block  ": "block", "": "", "<b>": "<b>", strings.Repeat("ñ", 80): strings.Repeat("ñ", 60),
	} {
		fields := map[string]string{"detection_type": "leaf", "label": sent, "latitude": "10.59361", "longitude": "122.59252"}
		s.send("POST", "/api/predict/", a.Access, form(t, fields, photo(t))).want(200)
		s.send("GET", "/api/history/?limit=1", a.Access, nil).want(200).has(map[string]string{
			"data.analyses.#": "1", "data.analyses.0.label": `"` + want + `"`, "data.analyses.0.latitude": "10.59361", "data.analyses.0.longitude": "122.59252",
		})
	}
	s.send("GET", "/api/history/", other.Access, nil).want(200).has(map[string]string{"data.analyses.#": "0"})
	s.send("GET", "/api/history/?limit=all", a.Access, nil).want(400)
}
