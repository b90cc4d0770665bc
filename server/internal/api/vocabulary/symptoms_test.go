package vocabulary_test

import (
	"net/url"
	"testing"

	"mangosense/server/internal/api/apitest"
)

func TestSymptoms(t *testing.T) {
	s := apitest.New(t, nil)
	grower := s.Join("lito@farm.example")
	ask := func(disease, part string) *apitest.Answer {
		t.Helper()
		q := url.Values{"disease": {disease}}
		if part != "" {
			q.Set("plant_part", part)
		}
		return s.Send("GET", "/api/symptoms/?"+q.Encode(), grower.Access, nil).Want(200)
	}
	got := ask("Anthracnose", "leaf")
	got.Has(map[string]string{"disease": `"Anthracnose"`, "plant_part": `"leaf"`, "symptoms.0.key": `"dark_spots_brown"`, "symptoms.#": "7"})
	if got.Header.Get("Cache-Control") != "public, max-age=300" {
		t.Errorf("Cache-Control is %q", got.Header.Get("Cache-Control"))
	}
	ask("Anthracnose", "").Has(map[string]string{"plant_part": `"leaf"`, "symptoms.#": "7"})
	ask("Sooty Mould", "leaf").Has(map[string]string{"disease": `"Sooty Mold"`, "symptoms.0.key": `"black_sooty_coating"`})
	ask("Sooty Mold", "leaf").Has(map[string]string{"symptoms.0.key": `"black_sooty_coating"`})
	ask("stem_end-rot", "fruit").Has(map[string]string{"symptoms.0.key": `"stem_end_browning"`})
	ask("Xylella", "fruit").Has(map[string]string{"symptoms.0.key": `"obs_discolouration"`, "symptoms.#": "4"})
	ask("", "leaf").Has(map[string]string{"symptoms.0.key": `"obs_discolouration"`})
	s.Reject(t, grower.Access, map[string]apitest.Rejected{
		"another part":  {Method: "GET", Path: "/api/symptoms/?disease=Healthy&plant_part=root", Status: 400, Names: "plant_part"},
		"invalid UTF-8": {Method: "GET", Path: "/api/symptoms/?disease=%c3%28", Status: 400, Names: "disease"},
	})
}
